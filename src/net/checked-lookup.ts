/**
 * Names looked up once, and every address that comes of it checked before a connection is made to just these: a name that means
 * something else a moment later leads nowhere.
 */
import { lookup as systemLookup } from "node:dns";
import type { LookupAddress } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { ImageError } from "../errors.js";

/** Which addresses may be connected to, and how names are resolved. */
export interface AddressRule {
  readonly allows: (address: string) => boolean;
  /** The system's way where it is left out. */
  readonly resolve?: (name: string) => Promise<readonly LookupAddress[]>;
}

/** For `net.connect`; fails with `ImageError` where any address of the name is not allowed. */
export function checkedLookup({ allows, resolve = resolveHere }: AddressRule): LookupFunction {
  return (name, options, callback) => {
    const answer = async (): Promise<readonly LookupAddress[]> => {
      const addresses = await resolve(name);
      if (addresses.length === 0 || !addresses.every(({ address }) => allows(address))) {
        throw refusal(name);
      }
      return addresses;
    };
    answer().then(
      (addresses) => {
        const [first] = addresses;
        if (options.all === true || first === undefined) {
          callback(null, [...addresses]);
        } else {
          callback(null, first.address, first.family);
        }
      },
      (thrown: unknown) => {
        callback(thrown instanceof Error ? thrown : new ImageError(String(thrown)), []);
      },
    );
  };
}

/** A host that is an address is connected to without a lookup. Throws `ImageError` for one that is not allowed. */
export function requireAllowed({ hostname }: URL, { allows }: AddressRule): void {
  const address = hostname.replace(/^\[|\]$/g, "");
  if (isIP(address) !== 0 && !allows(address)) {
    throw refusal(hostname);
  }
}

function refusal(host: string): ImageError {
  return new ImageError(`${host} is no host of the public internet, and no other is asked here`);
}

function resolveHere(name: string): Promise<readonly LookupAddress[]> {
  return new Promise((done, fail) => {
    systemLookup(name, { all: true }, (error, addresses) => {
      if (error === null) {
        done(addresses);
      } else {
        fail(error);
      }
    });
  });
}
