/** Tells all players where the server is. */

const { configure } = require("minivod-player");
const { server } = require("./config");

configure({ server });

App({});
