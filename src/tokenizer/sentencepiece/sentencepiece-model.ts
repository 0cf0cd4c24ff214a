/**
 * `spiece.model`: a protobuf message, of which the few fields that T5 needs are read. Reference: `sentencepiece_model.proto` of
 * google/sentencepiece (the numbers below are its field numbers). Settings under which SentencePiece would treat text otherwise
 * than T5 does are refused.
 */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { CheckpointError, ConfigError, KandinskyError, reasonOf } from "../../errors.js";
import { makeVocabulary, type Piece, type PieceKind, type Vocabulary } from "../vocabulary.js";

const MODEL = { pieces: 1, trainerSpec: 2, normalizerSpec: 3 } as const;
const PIECE = { text: 1, score: 2, type: 3 } as const;
const TRAINER = { modelType: 3, whitespaceAsSuffix: 24, byteFallback: 35 } as const;
const NORMALIZER = { charsmap: 2, addDummyPrefix: 3, removeExtraWhitespaces: 4, escapeWhitespaces: 5 } as const;

const MODEL_TYPES = ["?", "unigram", "bpe", "word", "char"] as const;
const UNIGRAM = 1;
/** `SentencePiece.Type`; user-defined and byte pieces need rules of their own, which no T5 model uses. */
const NORMAL = 1;
const KINDS: ReadonlyMap<number, PieceKind> = new Map([
  [NORMAL, "normal"],
  [2, "unknown"],
  [3, "control"],
  [5, "unused"],
]);

/** Handles one field: true when it took the value from the reader. */
type FieldHandler = (field: number, type: WireType) => boolean;

/** Parses a whole `spiece.model`. Throws `CheckpointError` when it is damaged, `ConfigError` when it is of another kind. */
export function parseSentencePieceModel(bytes: Uint8Array, file: string): Vocabulary {
  try {
    return readModel(bytes, file);
  } catch (error) {
    if (error instanceof KandinskyError) {
      throw error;
    }
    if (error instanceof RangeError) {
      throw new CheckpointError(
        `${file}: ends in the middle of an entry: it was cut short, or is no SentencePiece model.`,
        {
          cause: error,
        },
      );
    }
    // The reader throws plain errors; all of them mean that these bytes are no such message.
    throw new CheckpointError(`${file}: is no SentencePiece model, or a damaged one (${reasonOf(error)}).`, {
      cause: error,
    });
  }
}

function readModel(bytes: Uint8Array, file: string): Vocabulary {
  const reader = new BinaryReader(bytes);
  const pieces: Piece[] = [];
  let charsmap: Uint8Array | undefined;
  let normalizers = 0;
  readFields(reader, (field, type) => {
    switch (field) {
      case MODEL.pieces:
        pieces.push(readPiece(message(reader, type), file, pieces.length));
        return true;
      case MODEL.trainerSpec:
        checkTrainer(message(reader, type), file);
        return true;
      case MODEL.normalizerSpec:
        charsmap = readNormalizer(message(reader, type), file);
        normalizers++;
        return true;
      default:
        return false;
    }
  });
  if (normalizers !== 1) {
    throw new CheckpointError(
      `${file}: has ${normalizers} normalizer settings, expected one (a file that was cut short?).`,
    );
  }
  return makeVocabulary(file, pieces, charsmap);
}

function readPiece(reader: BinaryReader, file: string, id: number): Piece {
  let text = "";
  let score = 0;
  let kind: number = NORMAL;
  readFields(reader, (field, type) => {
    switch (field) {
      case PIECE.text:
        expectType(type, WireType.LengthDelimited);
        text = reader.string(true);
        return true;
      case PIECE.score:
        expectType(type, WireType.Bit32);
        score = reader.float();
        return true;
      case PIECE.type:
        expectType(type, WireType.Varint);
        kind = reader.int32();
        return true;
      default:
        return false;
    }
  });
  const known = KINDS.get(kind);
  if (known === undefined) {
    throw new ConfigError(
      `${file}: piece ${id} has the type ${kind}, expected 1 (normal), 2 (unknown), 3 (control) or 5 (unused).`,
    );
  }
  return { text, score, kind: known };
}

function checkTrainer(reader: BinaryReader, file: string): void {
  readFields(reader, (field, type) => {
    switch (field) {
      case TRAINER.modelType: {
        expectType(type, WireType.Varint);
        const modelType = reader.int32();
        if (modelType !== UNIGRAM) {
          throw new ConfigError(`${file}: is a ${MODEL_TYPES[modelType] ?? modelType} model, expected unigram.`);
        }
        return true;
      }
      case TRAINER.whitespaceAsSuffix:
        refuseUnless(false, reader, type, `${file}: treat_whitespace_as_suffix`);
        return true;
      case TRAINER.byteFallback:
        refuseUnless(false, reader, type, `${file}: byte_fallback`);
        return true;
      default:
        return false;
    }
  });
}

function readNormalizer(reader: BinaryReader, file: string): Uint8Array | undefined {
  let charsmap: Uint8Array | undefined;
  readFields(reader, (field, type) => {
    switch (field) {
      case NORMALIZER.charsmap: {
        expectType(type, WireType.LengthDelimited);
        const bytes = reader.bytes();
        charsmap = bytes.length === 0 ? undefined : bytes;
        return true;
      }
      case NORMALIZER.addDummyPrefix:
        refuseUnless(true, reader, type, `${file}: add_dummy_prefix`);
        return true;
      case NORMALIZER.removeExtraWhitespaces:
        refuseUnless(true, reader, type, `${file}: remove_extra_whitespaces`);
        return true;
      case NORMALIZER.escapeWhitespaces:
        refuseUnless(true, reader, type, `${file}: escape_whitespaces`);
        return true;
      default:
        return false;
    }
  });
  return charsmap;
}

function refuseUnless(expected: boolean, reader: BinaryReader, type: WireType, what: string): void {
  expectType(type, WireType.Varint);
  const got = reader.bool();
  if (got !== expected) {
    throw new ConfigError(`${what} is ${got}, expected ${expected} as in every T5 model.`);
  }
}

function readFields(reader: BinaryReader, take: FieldHandler): void {
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (!take(field, type)) {
      reader.skip(type, field);
    }
  }
}

/** A reader of the nested message that comes next. */
function message(reader: BinaryReader, type: WireType): BinaryReader {
  expectType(type, WireType.LengthDelimited);
  return new BinaryReader(reader.bytes());
}

function expectType(got: WireType, expected: WireType): void {
  if (got !== expected) {
    throw new RangeError(`wire type ${got} where ${expected} belongs`);
  }
}
