/** The open runtime of Mini Programs (glass-easel) with this package in it, for tests in Node and in a browser. */

/**
 * Loads CommonJS modules out of their sources, as a Mini Program does; each module has its own `Component` and `wx`.
 *
 * @param {Record<string, string>} sources by path without ending
 * @param {(path: string) => object} globals of a module
 */
export function modules(sources, globals) {
  const loaded = {};
  const load = (path) => {
    if (!(path in sources)) {
      throw new Error(`there is no module ${path}`);
    }
    if (!(path in loaded)) {
      const module = (loaded[path] = { exports: {} });
      const given = { module, exports: module.exports, require: (to) => load(resolve(to, path)), ...globals(path) };
      new Function(...Object.keys(given), sources[path])(...Object.values(given));
    }
    return loaded[path].exports;
  };
  return load;
}

function resolve(to, from) {
  const parts = to.startsWith(".") ? from.split("/").slice(0, -1) : [];
  to.split("/").forEach((part) => (part === ".." ? parts.pop() : part === "." ? 0 : parts.push(part)));
  const path = parts.join("/").replace(/\.js$/, "");
  return path === "minivod-player" ? "minivod-player/index" : path;
}

const BOOLEANS = [
  "controls", "danmuBtn", "enableDanmu", "autoplay", "loop", "muted", "showProgress", "showFullscreenBtn",
  "showPlayBtn", "showCenterPlayBtn", "enableProgressGesture", "showMuteBtn", "enablePlayGesture",
  "autoPauseIfNavigate", "autoPauseIfOpenNative", "vslideGesture", "vslideGestureInFullscreen",
  "showScreenLockButton", "showCastingButton", "showBackgroundPlaybackButton", "pictureInPictureShowProgress",
  "enableAutoRotation",
];
const OTHERS = {
  src: String, poster: String, danmuList: Array, initialTime: Number, objectFit: String, title: String,
  playBtnPosition: String, referrerPolicy: String, pictureInPictureMode: null,
  direction: { type: Number, value: -1 }, // that is: none is given
};
const ERRORS = ["", "MEDIA_ERR_ABORTED", "MEDIA_ERR_NETWORK", "MEDIA_ERR_DECODE", "MEDIA_ERR_SRC_NOT_SUPPORTED"];
const NATIVE = ["play", "pause", "ended", "waiting"];

/** What the elements are made of; names that begin with native- are those of a browser's own elements. */
export const ELEMENTS = {
  video: "<native-video></native-video><slot/>",
  view: "<slot/>",
  image: "<native-img src='{{src}}'></native-img>",
};

/** How they are laid out in a Mini Program, which sets no element's place by what a video turns out to be. */
const LAYOUT = `
  wx-view { display: block; }
  wx-video { display: inline-block; position: relative; width: 300px; height: 225px; }
  wx-video > video { position: absolute; left: 0; top: 0; width: 100%; height: 100%; }
`;

/** What stands before a component's own classes. */
export function scopeOf(path) {
  return path.replace(/\W/g, "_");
}

/** A Mini Program's `<video>` is another element than that of a browser which is in it. */
function named(name) {
  return name.startsWith("native-") ? name.slice("native-".length) : name in ELEMENTS ? `wx-${name}` : name;
}

/** Definitions of these elements; `<video>` is what it is in a browser, and tells what it tells in a Mini Program. */
const DEFINITIONS = {
  video: {
    properties: BOOLEANS.reduce((all, name) => ({ ...all, [name]: Boolean }), OTHERS),
    observers: {
      "src, autoplay, loop, muted, initialTime"() {
        draw(this);
      },
    },
    lifetimes: {
      attached() {
        listen(this, elementOf(this));
        draw(this);
      },
    },
  },
  view: {
    lifetimes: {
      attached() {
        this.getBackendElement().addEventListener("click", () => this.triggerEvent("tap", {}));
      },
    },
  },
  image: { properties: { src: String, mode: String } },
};

function listen(component, element) {
  const tell = (type, detail) => component.triggerEvent(type, detail);
  const hear = (type, detail, as = type) => element.addEventListener(type, () => tell(as, detail()));
  element.controls = true;
  NATIVE.forEach((type) => hear(type, () => ({})));
  hear("timeupdate", () => ({ currentTime: element.currentTime, duration: element.duration }));
  hear("loadedmetadata", () => ({ width: element.videoWidth, height: element.videoHeight, duration: element.duration }));
  hear("seeked", () => ({ position: element.currentTime }), "seekcomplete");
  hear("error", () => ({ errMsg: ERRORS[(element.error && element.error.code) || 0] }));
}

function elementOf(video) {
  return video.getShadowRoot().childNodes[0].getBackendElement();
}

/** Only what has changed: to set the address again would begin anew. */
function draw(component) {
  const element = elementOf(component);
  const { src, autoplay, loop, muted, initialTime } = component.data;
  if (!element) {
    return;
  }
  Object.assign(element, { autoplay, loop, muted });
  if ((element.getAttribute("src") || "") !== src) {
    if (src) {
      element.setAttribute("src", src);
      element.addEventListener("loadedmetadata", () => initialTime && (element.currentTime = initialTime), { once: true });
    } else {
      element.removeAttribute("src");
      element.load();
    }
  }
}

/**
 * What a VideoContext does, done to the element.
 *
 * @param {string} id
 * @param {any} component
 */
export function videoContext(id, component) {
  const element = () => elementOf(component._$.getShadowRoot().getElementById(id));
  return {
    play: () => void Promise.resolve(element().play()).catch(() => {}), // what fails is told by events
    pause: () => element().pause(),
    stop: () => element().pause(),
    seek: (position) => (element().currentTime = position),
    playbackRate: (rate) => (element().playbackRate = rate),
    requestFullScreen: () => element().requestFullscreen(),
    exitFullScreen: () => document.exitFullscreen(),
  };
}

/** A template as the compiler has made it (a text), in the form that the runtime takes. */
function template(text) {
  const groupList = new Function(`return ${text}`)();
  return { groupList, content: groupList[""] };
}

/**
 * A Mini Program whose page is on the screen.
 *
 * @param {any} adapter the module glass-easel-miniprogram-adapter
 * @param {{sources: object, templates: object, components: object, styles: object, page: string}} program of bundle.mjs
 * @param {object} globals of all modules, beside those that a Mini Program's runtime gives: wx, and what the test likes
 */
export function show(adapter, program, globals) {
  const { glassEasel, MiniProgramEnv } = adapter;
  const env = new MiniProgramEnv();
  const own = env.getGlobalCodeSpace().getComponentSpace();
  const elements = Object.entries(DEFINITIONS).map(([name, definition]) => [
    name,
    own.defineComponent({ is: name, template: template(program.templates[name]), ...definition }),
  ]);
  const space = env.createCodeSpace("", true);
  elements.forEach(([name, one]) => space.getComponentSpace().setGlobalUsingComponent(name, one));
  const environments = {};
  const load = modules(program.sources, (path) => ({ ...globals, ...environments[path] }));
  for (const [path, config] of Object.entries(program.components)) {
    space.addComponentStaticConfig(path, config);
    space.addStyleSheet(path, undefined, scopeOf(path));
    space.addCompiledTemplate(path, template(program.templates[path]));
    space.componentEnv(path, ({ Component, Page }) => {
      environments[path] = { Component, Page };
      load(path);
    });
  }
  const screen = new glassEasel.CurrentWindowBackendContext();
  screen.document = {
    createElement: (name) => document.createElement(named(name)),
    createTextNode: (text) => document.createTextNode(text),
    createDocumentFragment: () => document.createDocumentFragment(),
  };
  const root = env.associateBackend(screen).createRoot("page", space, program.page);
  const style = document.createElement("style");
  style.textContent = LAYOUT + Object.values(program.styles).join("");
  document.head.appendChild(style);
  const place = document.createElement("div");
  document.body.appendChild(place);
  root.attach(document.body, place);
  return { page: root.get(), load, release: () => root.release() };
}
