/** Where the page begins. */
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "./api/queries";
import { App } from "./app/App";
import { ToastProvider } from "./app/toasts";
import { applyPreferences } from "./state/preferences";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/make.css";
import "./styles/gallery.css";

applyPreferences();
const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <ToastProvider>
          <App />
        </ToastProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}
