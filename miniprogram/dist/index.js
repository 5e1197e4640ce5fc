/** What `require("minivod-player")` gives; the component is `minivod-player/player`. */

const { getContext } = require("./context");
const { configure } = require("./settings");
const { upload } = require("./upload");

module.exports = { configure, getContext, upload };
