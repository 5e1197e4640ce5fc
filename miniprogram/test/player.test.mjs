/** The component, unchanged, in the open runtime of Mini Programs on jsdom. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { EVENTS, FILE_ID, PROPERTIES, SERVER, adaptive, file, kebab, refused, world } from "./world.mjs";

const MEDIA = "https://media.example.com/1300000001/dir/1/f0.mp4";
const NOT_FOUND = refused(404, "the file does not exist or is not published");
const of = (events, type) => events.filter((one) => one.type === type);
const playing = async (attributes) => {
  const shown = world(attributes);
  shown.answer(file(MEDIA, "https://media.example.com/cover.jpg"));
  await shown.drawn();
  return shown;
};
const native = (shown) => shown.page.selectComponent("#player")._$.getShadowRoot().getElementById("video");

test("a video is asked for, waited for with its cover, and played", async () => {
  const shown = world({ poster: "https://example.com/own.jpg" });
  assert.equal(shown.text("minivod-words"), "加载中…");
  assert.equal(shown.find("minivod-cover").querySelector("img").getAttribute("src"), "https://example.com/own.jpg");
  assert.deepEqual(shown.requests.map((one) => one.url), [`${SERVER}/getplayinfo/v4/1300000001/${FILE_ID}`]);
  shown.answer(file(MEDIA, "https://media.example.com/cover.jpg"));
  assert.equal(shown.video.getAttribute("src"), MEDIA);
  assert.equal(shown.find("minivod-words"), null);
  assert.equal(native(shown).data.poster, "https://example.com/own.jpg");
  assert.equal(native(await playing()).data.poster, "https://media.example.com/cover.jpg");
});

test("a result of a template and an adaptive one are found where play-info has them", () => {
  const shown = world();
  shown.answer({ code: 0, media: { basicInfo: {}, audioVideoType: "Transcode", transcodeInfo: { url: MEDIA } } });
  assert.equal(shown.video.getAttribute("src"), MEDIA);
  const other = world();
  other.answer(adaptive("https://media.example.com/adp.10/master.m3u8", [360]));
  assert.equal(other.video.getAttribute("src"), "https://media.example.com/adp.10/master.m3u8");
  assert.equal(other.requests.length, 1, "there is nothing to choose from one level");
});

test("attributes of <video> arrive there, with its own defaults", async () => {
  const usual = native(await playing()).data;
  const changed = {};
  for (const [name, { type, value }] of Object.entries(PROPERTIES)) {
    const is = name === "poster" ? "https://media.example.com/cover.jpg" : name === "direction" ? -1 : value;
    assert.deepEqual(usual[name], is, name);
    changed[name] = type === Boolean ? !value : type === Number ? 7 : type === Array ? [{ text: "a" }] : `my ${name}`;
  }
  changed.direction = 90;
  const given = native(await playing(changed)).data;
  Object.keys(PROPERTIES).forEach((name) => assert.deepEqual(given[name], changed[name], kebab(name)));
});

test("width and height are those of the box", () => {
  assert.equal(world({ width: "300px", height: "100%" }).find("minivod-box").style.cssText, "width: 300px; height: 100%;");
});

test("events come with both forms of detail", async () => {
  const shown = await playing();
  shown.tell("play");
  shown.tell("timeupdate", { currentTime: 1.5 });
  const inner = { currentTime: 1.5, duration: 100 };
  assert.deepEqual(of(shown.events, "timeupdate")[0].detail, { ...inner, detail: inner, type: "timeupdate" });
  assert.deepEqual(of(shown.events, "play")[0].detail, { detail: {}, type: "play" });
});

for (const direction of [undefined, 0]) {
  test(`every event of <video> reaches the page once (direction ${direction})`, async () => {
    const shown = await playing({ direction });
    EVENTS.forEach((type) => native(shown).triggerEvent(type, { of: type }));
    assert.deepEqual(
      shown.events.map((one) => [one.type, one.detail.of, one.detail.detail.of]),
      EVENTS.map((one) => [one, one, one]),
    );
  });
}

test("<video> without a direction is the one with it, but for that", () => {
  const wxml = readFileSync(new URL("../dist/player.wxml", import.meta.url), "utf8");
  const [, first, second] = wxml.split("<video\n");
  const lines = (part) => part.split("</video>")[0].split("\n").map((line) => line.trim());
  const own = ['wx:if="{{direction === null}}"', "wx:else", 'direction="{{direction}}"'];
  const rest = (part) => lines(part).filter((line) => !own.includes(line));
  assert.deepEqual(rest(first), rest(second));
});

test("getContext gives the methods of a VideoContext, by playerid", async () => {
  const shown = await playing();
  const { getContext } = shown.load("minivod-player/index");
  const context = getContext("mine");
  context.play();
  context.seek(12);
  context.pause();
  assert.deepEqual(shown.calls, [["play"], ["seek", 12], ["pause"]]);
  assert.equal(getContext("another"), undefined);
  assert.equal(shown.page.selectComponent("#player").getContext(), context);
  assert.equal(context.sendDanmu, undefined, "this base library has no such method");
});

test("calls wait for the video; of opposites the later one counts", async () => {
  const shown = world();
  const context = shown.load("minivod-player/index").getContext("mine");
  context.play();
  context.pause();
  context.seek(3);
  context.play();
  assert.deepEqual(shown.calls, []);
  shown.answer(file(MEDIA));
  await shown.drawn();
  assert.deepEqual(shown.calls, [["seek", 3], ["play"]]);
});

test("another playerid is known at once, and the old one no longer", async () => {
  const shown = await playing();
  const { getContext } = shown.load("minivod-player/index");
  shown.page.setData({ playerid: "new" });
  assert.equal(getContext("mine"), undefined);
  assert.equal(typeof getContext("new").play, "function");
});

test("a component that goes is forgotten, asks no more, and says nothing more", () => {
  const shown = world();
  const { getContext } = shown.load("minivod-player/index");
  shown.page.setData({ there: false });
  assert.equal(shown.requests[0].aborted, true);
  assert.equal(getContext("mine"), undefined);
  shown.answer(NOT_FOUND);
  assert.deepEqual(shown.events, []);
});

const REASONS = [
  ["unpublished", 404, (one) => one.answer(NOT_FOUND), "视频不存在或未发布", "This video does not exist or is not published"],
  ["expired", 403, (one) => one.answer(refused(403, "psign has expired: expireTimeStamp was 400 s ago")), "播放签名已过期", "The permission to play this video has expired"],
  ["forbidden", 403, (one) => one.answer(refused(403, "psign is missing")), "没有权限播放该视频", "You may not play this video"],
  ["attributes", 400, (one) => one.answer(refused(400, "psign is given more than once")), "播放器参数有误", "The player's attributes are wrong"],
  ["unavailable", 0, (one) => one.answer("", 503), "服务暂时不可用，请稍后重试", "The server is unavailable; try again later"],
  ["unavailable", 0, (one) => one.answer("<html>", 200), "服务暂时不可用，请稍后重试", "The server is unavailable; try again later"],
  ["unavailable", 0, (one) => one.answer({ code: 0, media: { basicInfo: {} } }), "服务暂时不可用，请稍后重试", "The server is unavailable; try again later"],
  ["network", 0, (one) => one.cut("request:fail timeout"), "网络异常，请检查网络后重试", "The network failed; check it and try again"],
];

for (const [reason, code, happen, chinese, english] of REASONS) {
  test(`${reason} (${english}) is shown in both languages and told to the page`, () => {
    for (const [language, words, button] of [["", chinese, "重试"], ["en", english, "Retry"]]) {
      const shown = world({ language });
      happen(shown);
      assert.equal(shown.text("minivod-reason"), words);
      assert.equal(shown.text("minivod-retry"), button);
      const [{ detail }] = of(shown.events, "error");
      assert.deepEqual([detail.reason, detail.code, detail.detail.reason], [reason, code, reason]);
      assert.ok(detail.message && detail.errMsg === detail.message);
    }
  });
}

const WRONG = [
  [{ server: undefined }, /server "" is no base URL/],
  [{ server: "vod.example.com" }, /server "vod.example.com" is no base URL/],
  [{ appid: "" }, /appid "" is no number/],
  [{ fileid: "../x" }, /fileid "..\/x" is no FileId/],
  [{ fileid: Number(FILE_ID) }, /has lost its last digits; give it as a string/],
];

for (const [attributes, message] of WRONG) {
  test(`attributes that cannot be right are told without asking: ${message}`, () => {
    const shown = world(attributes);
    assert.deepEqual(shown.requests, []);
    const [{ detail }] = of(shown.events, "error");
    assert.equal(detail.reason, "attributes");
    assert.match(detail.message, message);
  });
}

test("the server can be set for all players", () => {
  const shown = world({ fileid: "", server: undefined });
  shown.load("minivod-player/index").configure({ server: "https://all.example.com/" });
  shown.page.setData({ fileid: FILE_ID });
  assert.equal(shown.requests[0].url, `https://all.example.com/getplayinfo/v4/1300000001/${FILE_ID}`);
});

test("a psign goes along, whatever characters it has", () => {
  assert.match(world({ psign: "a.b+c&d" }).requests[0].url, /\?psign=a\.b%2Bc%26d$/);
});

test("the button asks again, and playback goes on where it broke off", async () => {
  const shown = await playing();
  shown.tell("play");
  shown.tell("timeupdate", { currentTime: 42 });
  shown.fails(2);
  shown.cut("request:fail");
  assert.equal(shown.video.getAttribute("src"), null);
  shown.tap("minivod-retry");
  assert.equal(shown.find("minivod-reason"), null);
  shown.answer(file(MEDIA));
  await shown.drawn();
  assert.deepEqual(shown.calls, [["play"]]);
  shown.tell("loadedmetadata");
  assert.deepEqual(shown.calls, [["play"], ["seek", 42]]);
});

test("an error of <video> is looked into: what was withdrawn is called so", async () => {
  const shown = await playing();
  shown.fails(4);
  assert.equal(shown.requests.length, 2);
  shown.answer(NOT_FOUND);
  assert.deepEqual(of(shown.events, "error").map((one) => one.detail.reason), ["unpublished"]);
});

for (const [code, reason] of [[2, "network"], [3, "undecodable"], [4, "undecodable"]]) {
  test(`an error of <video> (${code}) is ${reason} when the video stands`, async () => {
    const shown = await playing();
    shown.fails(code);
    assert.equal(shown.text("minivod-words"), "加载中…");
    shown.answer(file(MEDIA));
    assert.deepEqual(of(shown.events, "error").map((one) => one.detail.reason), [reason]);
  });
}

test("an address that has expired is renewed once, and once more when the video went on", async () => {
  const shown = await playing();
  const expire = async (at, number) => {
    shown.tell("timeupdate", { currentTime: at });
    shown.fails(2);
    shown.answer(file(`${MEDIA}?sign=${number}`));
    await shown.drawn();
  };
  await expire(5, 1);
  assert.equal(shown.video.getAttribute("src"), `${MEDIA}?sign=1`);
  shown.tell("loadedmetadata");
  assert.deepEqual(shown.calls, [["play"], ["seek", 5]]);
  await expire(9, 2);
  assert.equal(shown.video.getAttribute("src"), `${MEDIA}?sign=2`);
  shown.fails(2);
  shown.answer(file(`${MEDIA}?sign=3`));
  assert.deepEqual(of(shown.events, "error").map((one) => one.detail.reason), ["network"]);
});

test("what is withdrawn while it plays stops at the next look, and nothing else stops it", async (t) => {
  t.mock.timers.enable({ apis: ["Date"] });
  const shown = await playing();
  const later = (at) => {
    t.mock.timers.tick(59_999);
    shown.tell("timeupdate", { currentTime: at });
    assert.equal(shown.requests.length, at, "too early");
    t.mock.timers.tick(1);
    shown.tell("timeupdate", { currentTime: at });
    assert.equal(shown.requests.length, at + 1);
  };
  later(1);
  shown.answer(refused(403, "psign has expired: x"));
  later(2);
  shown.cut("request:fail");
  assert.equal(shown.video.getAttribute("src"), MEDIA);
  later(3);
  shown.answer(NOT_FOUND);
  assert.equal(shown.video.getAttribute("src"), null);
  assert.deepEqual(of(shown.events, "error").map((one) => one.detail.reason), ["unpublished"]);
});

test("a video that waits for data is looked after at once, but not all the time", async (t) => {
  t.mock.timers.enable({ apis: ["Date"] });
  const shown = await playing({ checkInterval: 0 });
  for (const [ms, asked] of [[999, 1], [1, 2], [500, 2]]) {
    t.mock.timers.tick(ms);
    shown.tell("waiting");
    assert.equal(shown.requests.length, asked);
  }
  shown.answer(NOT_FOUND);
  assert.deepEqual(of(shown.events, "error").map((one) => one.detail.reason), ["unpublished"]);
});

test("without an interval nobody looks", async (t) => {
  t.mock.timers.enable({ apis: ["Date"] });
  const shown = await playing({ checkInterval: 0 });
  t.mock.timers.tick(3_600_000);
  shown.tell("timeupdate", { currentTime: 1 });
  assert.equal(shown.requests.length, 1);
});

test("another fileid plays from its beginning, and the late answer for the first one is dropped", () => {
  const shown = world();
  shown.page.setData({ fileid: "5285485487985271488" });
  assert.equal(shown.requests[0].aborted, true);
  shown.answer(file("https://media.example.com/second.mp4"));
  shown.requests[0].success({ statusCode: 200, data: file(MEDIA) });
  assert.equal(shown.video.getAttribute("src"), "https://media.example.com/second.mp4");
  shown.tell("timeupdate", { currentTime: 42 });
  shown.page.setData({ fileid: FILE_ID });
  assert.equal(shown.video.getAttribute("src"), null);
  shown.answer(file(MEDIA));
  shown.tell("loadedmetadata");
  assert.deepEqual(shown.calls, []);
});

test("another psign does not disturb what plays, unless it leads elsewhere", async () => {
  const shown = await playing({ psign: "a.b.c" });
  shown.tell("play");
  shown.tell("timeupdate", { currentTime: 8 });
  shown.page.setData({ psign: "d.e.f" });
  assert.match(shown.requests[1].url, /psign=d\.e\.f$/);
  shown.answer(file(MEDIA));
  assert.deepEqual([shown.calls, shown.find("minivod-words")], [[], null]);
  shown.page.setData({ psign: "g.h.i" });
  shown.answer(file("https://media.example.com/v.f10.mp4"));
  await shown.drawn();
  shown.tell("loadedmetadata");
  assert.deepEqual(shown.calls, [["play"], ["seek", 8]]);
});

test("a fresh psign ends the failure of an expired one", () => {
  const shown = world({ psign: "a.b.c" });
  shown.answer(refused(403, "psign has expired: expireTimeStamp was 400 s ago"));
  shown.page.setData({ psign: "d.e.f" });
  shown.answer(file(MEDIA));
  assert.equal(shown.video.getAttribute("src"), MEDIA);
});

const MASTER = `#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=800000,AVERAGE-BANDWIDTH=1,CODECS="avc1.4D401E,mp4a.40.2",RESOLUTION=640x360
low/list.m3u8?t=1
#EXT-X-STREAM-INF:BANDWIDTH=2400000,RESOLUTION=720x1280

#EXT-X-SOMETHING:1
/other/high.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=64000
sound.m3u8
`;
const BASE = "https://media.example.com/1300000001/adp.10/master.m3u8?t=1";

test("levels can be chosen, and playback goes on where it is", async () => {
  const shown = world();
  shown.answer(adaptive(BASE, [360, 720]));
  assert.equal(shown.requests[1].url, BASE);
  shown.answer(MASTER);
  assert.equal(shown.text("minivod-current"), "自动");
  shown.tap("minivod-current");
  const choices = [...document.querySelectorAll('[class*="minivod-choice"]')];
  assert.deepEqual(choices.map((one) => one.textContent), ["自动", "720p", "360p"]);
  shown.tell("play");
  shown.tell("timeupdate", { currentTime: 6 });
  choices[2].dispatchEvent(new window.Event("click"));
  assert.equal(shown.video.getAttribute("src"), "https://media.example.com/1300000001/adp.10/low/list.m3u8?t=1");
  assert.deepEqual([shown.text("minivod-current"), shown.find("minivod-choice")], ["360p", null]);
  await shown.drawn();
  shown.tell("loadedmetadata");
  assert.deepEqual(shown.calls, [["play"], ["seek", 6]]);
});

test("levels whose sound is elsewhere are left to the device, and so are those of a master that cannot be had", () => {
  const apart = MASTER.replace("RESOLUTION=640x360", 'RESOLUTION=640x360,AUDIO="audio0"');
  for (const [text, status] of [[apart, 200], ["#EXTM3U\n", 200], ["", 404]]) {
    const shown = world();
    shown.answer(adaptive(BASE, [360, 720]));
    shown.answer(text, status);
    assert.equal(shown.find("minivod-levels"), null);
    assert.equal(shown.video.getAttribute("src"), BASE);
  }
});

test("an old base library tells the language in another way", () => {
  const old = { getAppBaseInfo: undefined, getSystemInfoSync: () => ({ language: "en" }) };
  assert.equal(world({}, old).text("minivod-words"), "Loading…");
});
