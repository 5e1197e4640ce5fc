/** What `require("minivod-player")` gives; the component is `minivod-player/player`. */

const { getContext } = require("./context");
const { configure } = require("./settings");

module.exports = { configure, getContext };
