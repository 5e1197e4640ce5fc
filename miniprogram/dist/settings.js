/** What holds for all players of a Mini Program. */

const settings = { server: "" };

/**
 * Sets what players use that do not say it themselves; call it in app.js.
 *
 * @param {{server?: string}} given server: base URL of the minivod server, like https://vod.example.com
 */
function configure(given) {
  if (typeof given.server === "string") {
    settings.server = given.server;
  }
}

module.exports = { configure, settings };
