/** Small pictures over the seek bar, out of the WebVTT of image sprites. */

const CUE = /^(?:(\d+):)?(\d{2}):(\d{2})\.(\d{3}) --> (?:(\d+):)?(\d{2}):(\d{2})\.(\d{3})/;
const PLACE = /#xywh=(\d+),(\d+),(\d+),(\d+)$/;

function seconds([hours, minutes, whole, thousandths]) {
  return Number(hours || 0) * 3600 + Number(minutes) * 60 + Number(whole) + Number(thousandths) / 1000;
}

/** The pictures that a WebVTT names: {begin, end, url, x, y, width, height}; `base` is its URL. */
export function picturesOf(text, base) {
  const lines = text.split(/\r?\n/);
  return lines.flatMap((line, at) => {
    const cue = CUE.exec(line);
    const place = cue && PLACE.exec(lines[at + 1] || "");
    if (!place) {
      return [];
    }
    const [x, y, width, height] = place.slice(1).map(Number);
    const url = new URL(lines[at + 1].slice(0, place.index), base).href;
    return [{ begin: seconds(cue.slice(1, 5)), end: seconds(cue.slice(5, 9)), url, x, y, width, height }];
  });
}

/** Shows them while the pointer is over the bar; without pictures nothing. */
export function previews(track, seek) {
  const box = document.createElement("div");
  box.className = "mv-preview";
  box.hidden = true;
  track.append(box);
  let pictures = [];
  let pointer = null; // where it is over the bar
  const draw = () => {
    const { left, width } = seek.getBoundingClientRect();
    const part = Math.min(Math.max((pointer - left) / width, 0), 1);
    const at = part * Number(seek.max);
    const picture = pointer === null ? undefined : pictures.find((one) => at < one.end);
    box.hidden = picture === undefined;
    if (picture) {
      const half = picture.width / 2; // it stays within the bar
      Object.assign(box.style, {
        left: `${Math.max(Math.min(part * width, width - half), half)}px`,
        width: `${picture.width}px`,
        height: `${picture.height}px`,
        background: `url("${picture.url}") -${picture.x}px -${picture.y}px no-repeat`,
      });
    }
  };
  const move = (to) => {
    pointer = to;
    draw();
  };
  track.addEventListener("pointermove", (event) => move(event.clientX));
  track.addEventListener("pointerleave", () => move(null));
  let wanted = "";
  return {
    /** Fetches the pictures of a video; empty: it has none, and without them everything else works. */
    async of(url) {
      wanted = url;
      pictures = [];
      const response = url ? await fetch(url).catch(() => null) : null;
      const text = response?.ok ? await response.text() : "";
      if (wanted === url) {
        pictures = picturesOf(text, url);
        draw();
      }
    },
  };
}
