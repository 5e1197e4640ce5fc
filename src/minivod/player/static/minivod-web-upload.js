/* minivod-web-upload.js: lets the official uploader vod-js-sdk-v6 (1.8.0) upload to a minivod server.
 *
 *     const uploader = minivodUpload(TcVod, { getSignature, mediaFile, coverFile });
 *     const { fileId, video, cover } = await uploader.done();
 *
 * TcVod is the uploader's class (`TcVod.default` of its script). The options are those of `new TcVod` and of its
 * `upload` together, and `server`: the URL of the server, if it is not where this file comes from; its scheme must be
 * https. Nothing is sent to anybody else. Returns the Uploader.
 */
(function (root) {
  "use strict";
  const own = document.currentScript && document.currentScript.src;

  root.minivodUpload = function (TcVod, options) {
    const { server = own, getSignature, appId, enableResume, ...rest } = options;
    if (!server) {
      throw new Error("minivodUpload: this file was not loaded by a script element of its own; name the server");
    }
    const url = new URL(server, location.href);
    if (url.protocol !== "https:") {
      throw new Error("minivodUpload: the uploader calls by https only; " + url.origin + " is not https");
    }
    const vod = new TcVod({ getSignature, appId, enableResume, allowReport: false, enableRaceRegion: false });
    const uploader = vod.upload(rest); // its first request waits for getSignature, so there is time for what follows
    // The uploader falls back to another host of its own when a request fails: this one stays.
    Object.defineProperty(uploader.constructor, "host", { get: () => url.host, set() {}, configurable: true });
    let cos;
    Object.defineProperty(uploader, "cos", {
      get: () => cos,
      set(made) {
        made.options.Domain = url.host;
        made.options.Protocol = url.protocol;
        cos = made;
      },
    });
    return uploader;
  };
})(window);
