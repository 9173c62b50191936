// The page and Ondap under one origin, so that nothing has to be allowed across sites.
import { defineConfig } from "vite";

export default defineConfig({
  server: {
    // the page's own Host is passed on: Ondap compares it with the Origin of a request
    proxy: { "/api": { target: process.env.ONDAP_URL ?? "http://127.0.0.1:8000", changeOrigin: false } },
  },
});
