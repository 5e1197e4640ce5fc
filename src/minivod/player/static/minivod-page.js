/** The page /player/{appId}/{fileId}: what its address says goes to the player. */

import { createPlayer } from "./minivod-player.js";

const [appid, fileid] = location.pathname.split("/").slice(-2);
const query = new URLSearchParams(location.search);
const on = (name) => ["1", "true"].includes(query.get(name));
const language = query.get("lang") || navigator.language;
const element = document.getElementById("player");

document.documentElement.lang = /^zh/i.test(language) ? "zh" : "en";
element.addEventListener("minivod-ready", (event) => (document.title = event.detail.name || "minivod"));
createPlayer(element, {
  appid,
  fileid,
  psign: query.get("psign") || "",
  language,
  autoplay: on("autoplay"),
  muted: on("muted"),
  loop: on("loop"),
});
