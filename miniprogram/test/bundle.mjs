/** Reads the package, and a page that uses it, into one object that runtime.mjs shows; templates are compiled. */

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import compiler from "glass-easel-template-compiler";

import video from "../dist/video.js";
import { ELEMENTS, scopeOf } from "./runtime.mjs";

const DIST = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const PACKAGE = "minivod-player";
const TAG = "my-player";

export const kebab = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * A page that binds every attribute that is given, and hears every event.
 *
 * @param {object} attributes by their names in scripts
 */
export function playerPage(attributes) {
  const bound = Object.keys(attributes).map((name) => `${kebab(name)}="{{${name}}}"`);
  const heard = [...video.EVENTS, "error"].map((name) => `bind:${name}="hear"`);
  const player = `<${TAG} id="player" ${[...bound, ...heard].join(" ")} />`;
  const data = JSON.stringify({ ...attributes, there: true });
  return bundle(`<block wx:if="{{there}}">${player}</block>`, `Page({ data: ${data}, hear(event) { hear(event) } })`);
}

/**
 * A Mini Program of one page.
 *
 * @param {string} wxml of the page
 * @param {string} script of the page
 */
function bundle(wxml, script) {
  const sources = { page: script, ...packaged() };
  const player = `${PACKAGE}/player`;
  const templates = { page: compile(wxml), [player]: compile(readFileSync(join(DIST, "player.wxml"), "utf8")) };
  Object.entries(ELEMENTS).forEach(([name, html]) => (templates[name] = compile(html)));
  const components = {
    [player]: JSON.parse(readFileSync(join(DIST, "player.json"), "utf8")),
    page: { usingComponents: { [TAG]: `/${player}` } },
  };
  const styles = { [player]: scoped(readFileSync(join(DIST, "player.wxss"), "utf8"), player, TAG) };
  return { sources, templates, components, styles, page: "page" };
}

/** The style of a component as a browser takes it: its classes are its own, and `:host` is the tag. */
function scoped(wxss, path, tag) {
  return wxss.replace(/\.(?=[a-z])/g, `.${scopeOf(path)}--`).replace(/:host\b/g, tag);
}

/** The modules of the package by their paths. */
export function packaged() {
  const files = readdirSync(DIST).filter((name) => name.endsWith(".js"));
  return Object.fromEntries(files.map((file) => [`${PACKAGE}/${file.slice(0, -3)}`, readFileSync(join(DIST, file), "utf8")]));
}

function compile(wxml) {
  const group = new compiler.TmplGroup();
  const wrong = group.addTmpl("", wxml);
  if (wrong.length > 0) {
    throw new Error(JSON.stringify(wrong));
  }
  return group.getTmplGenObjectGroups();
}
