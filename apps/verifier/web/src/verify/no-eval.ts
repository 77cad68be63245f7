import { config } from "zod";

// The page's policy forbids `new Function`, which zod would try once and be told off for in the console.
config({ jitless: true });
