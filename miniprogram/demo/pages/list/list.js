/** The videos of config.js. */

const { videos } = require("../../config");

Page({ data: { videos } });
