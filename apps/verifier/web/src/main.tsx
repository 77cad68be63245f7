import { render } from "preact";
import { App } from "./app.js";
import { applyTheme, storedTheme } from "./theme.js";

applyTheme(storedTheme());
const page = document.querySelector("#page");
if (page !== null) render(<App />, page);
