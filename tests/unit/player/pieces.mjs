/** What of the player needs no browser: `node pieces.mjs DIRECTORY`, the directory being that of its modules. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const directory = process.argv[2];
const load = (name) => import(pathToFileURL(path.join(directory, name)));
const { askPlayInfo, PlayError } = await load("minivod-player.js");
const { clock } = await load("minivod-controls.js");
const { picturesOf } = await load("minivod-previews.js");
const { textsIn } = await load("minivod-texts.js");

const VIDEO = { server: "https://vod.example.com/", appid: "1300000001", fileid: "5285485487985271487" };
const INFO = {
  code: 0,
  media: {
    basicInfo: { name: "a clip", coverUrl: "https://vod.example.com/c.jpg" },
    originalInfo: { url: "https://vod.example.com/a/f0.mp4" },
  },
};

/** Asks with an answer of ours in place of the network's; what was asked is in `asked`. */
async function ask(answer, options = {}) {
  const asked = [];
  globalThis.fetch = async (url, rest) => {
    asked.push([String(url), rest]);
    if (answer instanceof Error) {
      throw answer;
    }
    return answer instanceof Response ? answer : Response.json(answer);
  };
  try {
    return { asked, found: await askPlayInfo({ ...VIDEO, ...options }) };
  } catch (error) {
    assert.ok(error instanceof PlayError, error);
    return { asked, reason: error.reason, code: error.code, message: error.message };
  }
}

test("what is asked", async () => {
  for (const server of ["https://vod.example.com", "https://vod.example.com/", "https://vod.example.com//"]) {
    const { asked } = await ask(INFO, { server });
    assert.equal(asked[0][0], "https://vod.example.com/getplayinfo/v4/1300000001/5285485487985271487");
    assert.equal(asked[0][1].cache, "no-store");
  }
  const { asked } = await ask(INFO, { server: "https://example.com/vod", fileid: "a/b?", psign: "a.b+c&d" });
  assert.equal(asked[0][0], "https://example.com/vod/getplayinfo/v4/1300000001/a%2Fb%3F?psign=a.b%2Bc%26d");
});

test("what is found", async () => {
  const { found } = await ask(INFO);
  const wanted = { url: "https://vod.example.com/a/f0.mp4", adaptive: false, name: "a clip", sprites: "" };
  assert.deepEqual(found, { ...wanted, cover: "https://vod.example.com/c.jpg" });
  const url = "https://vod.example.com/a/adp.10/master.m3u8?sign=x.mp4";
  for (const media of [{ transcodeInfo: { url } }, { streamingInfo: { plainOutput: { url } } }]) {
    const webVttUrl = "https://vod.example.com/s.vtt";
    const { found } = await ask({ code: 0, media: { ...media, imageSpriteInfo: { webVttUrl } } });
    assert.deepEqual(found, { url, adaptive: true, name: "", cover: "", sprites: webVttUrl });
  }
});

test("why not", async () => {
  const refused = [
    [{ code: 400, message: "psign is given more than once" }, "attributes"],
    [{ code: 403, message: "psign is required" }, "forbidden"],
    [{ code: 403, message: "psign has expired 400 s ago" }, "expired"],
    [{ code: 404, message: "no such video" }, "unpublished"],
    [{ code: 500, message: "it failed" }, "unavailable"],
  ];
  for (const [answer, reason] of refused) {
    assert.deepEqual(await ask(answer).then(({ asked, ...rest }) => rest), { reason, ...answer });
  }
  for (const answer of [new Response("<html>", { status: 502 }), Response.json({}, { status: 502 })]) {
    const { reason, code, message } = await ask(answer);
    assert.deepEqual([reason, code], ["unavailable", 0]);
    assert.match(message, /502/);
  }
  assert.equal((await ask({ code: 0, media: {} })).reason, "unavailable", "an answer without an address is none");
  assert.equal((await ask(new TypeError("fetch failed"))).reason, "network");
  const number = await ask(INFO, { fileid: 5285485487985271487 });
  assert.deepEqual([number.reason, number.asked], ["attributes", []]);
});

test("a question that was dropped is no failure of the network", async () => {
  const dropped = new AbortController();
  globalThis.fetch = async () => {
    dropped.abort();
    throw dropped.signal.reason;
  };
  await assert.rejects(askPlayInfo(VIDEO, dropped.signal), (error) => !(error instanceof PlayError));
});

test("times", () => {
  const shown = [0, 9.99, 61, 3599.9, 3600, 36123, NaN, Infinity].map(clock);
  assert.deepEqual(shown, ["0:00", "0:09", "1:01", "59:59", "1:00:00", "10:02:03", "0:00", "0:00"]);
});

test("pictures of a WebVTT", () => {
  const cues = [
    "WEBVTT", "", "00:00.000 --> 00:10.000", "00001.jpg#xywh=0,0,142,80", "", "1", "01:00:10.500 --> 01:00:20.000",
    "sub/2.jpg?sign=x#xywh=142,80,142,80", "", "00:20.000 --> 00:30.000", "no picture", "", "00:30.000 --> 00:40.000",
  ];
  const base = "https://vod.example.com/v/sprite.10/sprite.vtt?sign=y";
  const wanted = [
    { begin: 0, end: 10, url: "https://vod.example.com/v/sprite.10/00001.jpg", x: 0, y: 0, width: 142, height: 80 },
    {
      begin: 3610.5, end: 3620, url: "https://vod.example.com/v/sprite.10/sub/2.jpg?sign=x",
      x: 142, y: 80, width: 142, height: 80,
    },
  ];
  assert.deepEqual(picturesOf(cues.join("\n"), base), wanted);
  assert.deepEqual(picturesOf(cues.join("\r\n"), base), wanted);
  assert.deepEqual(picturesOf("", base), []);
});

test("both languages say the same things", () => {
  assert.deepEqual(Object.keys(textsIn("zh-CN")).sort(), Object.keys(textsIn("en")).sort());
  assert.equal(textsIn("ZH").play, textsIn("zh-TW").play);
  assert.notEqual(textsIn("fr").play, textsIn("zh").play);
  const reasons = ["attributes", "forbidden", "expired", "unpublished", "unavailable", "network", "undecodable", "loading"];
  assert.ok(reasons.every((reason) => textsIn("en")[reason]));
});
