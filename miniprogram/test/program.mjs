/** Prints a page with a player as JSON, for a browser: `node program.mjs '{"fileid": "…"}'`. */

import { playerPage } from "./bundle.mjs";

process.stdout.write(JSON.stringify(playerPage(JSON.parse(process.argv[2]))));
