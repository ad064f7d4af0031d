import { defineConfig } from "vite";

export default defineConfig({
  // Relative addresses, so that the page also works behind a proxy that serves it under a prefix.
  base: "./",
  build: {
    outDir: "../static",
    emptyOutDir: true,
    assetsDir: "explorer/assets",
    // The notices that the bundled packages' licences ask for.
    license: { fileName: "licenses.md" },
    // The editor is one piece of several megabytes; splitting it would only add requests.
    chunkSizeWarningLimit: 8192,
    reportCompressedSize: false,
  },
});
