/** Short messages at the lower edge, with at most one thing to do. */
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";
import { Button } from "react-aria-components/Button";

export interface Toast {
  readonly message: string;
  readonly action?: { readonly label: string; readonly run: () => void };
  readonly milliseconds?: number;
}

interface ShownToast extends Toast {
  readonly id: number;
}

const SHOWN_MS = 6000;
const ToastContext = createContext<(toast: Toast) => void>(() => undefined);

export function useToast(): (toast: Toast) => void {
  return useContext(ToastContext);
}

export function ToastProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [toasts, setToasts] = useState<readonly ShownToast[]>([]);
  const count = useRef(0);
  const remove = useCallback((id: number) => {
    setToasts((before) => before.filter((toast) => toast.id !== id));
  }, []);
  const show = useCallback(
    (toast: Toast) => {
      const id = ++count.current;
      setToasts((before) => [...before.slice(-2), { ...toast, id }]);
      setTimeout(() => {
        remove(id);
      }, toast.milliseconds ?? SHOWN_MS);
    },
    [remove],
  );
  const region = useMemo(
    () => (
      <div className="toasts" role="status">
        {toasts.map(({ id, message, action }) => (
          <div className="toast" key={id}>
            <span>{message}</span>
            {action !== undefined && (
              <Button
                className="button quiet"
                onPress={() => {
                  action.run();
                  remove(id);
                }}
              >
                {action.label}
              </Button>
            )}
          </div>
        ))}
      </div>
    ),
    [toasts, remove],
  );
  return (
    <ToastContext value={show}>
      {children}
      {region}
    </ToastContext>
  );
}
