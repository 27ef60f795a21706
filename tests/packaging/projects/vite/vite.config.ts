import { defineConfig } from "vite";

// Nothing here is for the tracker: the pages of this project are more than one.
export default defineConfig({ build: { rolldownOptions: { input: ["index.html", "lean.html", "react.html", "vue.html"] } } });
