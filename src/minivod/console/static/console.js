// Keys of the review page, and places of findings in the video. Without it every link and form works as well.
document.documentElement.classList.add("scripted");

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-seek]");
  const video = document.getElementById("video");
  if (link && video) {
    video.currentTime = Number(link.dataset.seek);
  }
});

document.addEventListener("keydown", (event) => {
  const busy = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "Escape" && busy) {
    busy.blur();
  }
  if (busy || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const reason = document.getElementById("reason");
  const follow = { n: "next", u: "back" }[event.key];
  const press = { a: "approve", r: "reject" }[event.key];
  if (follow) {
    document.getElementById(follow)?.click();
  } else if (press && reason) {
    event.preventDefault();
    if (reason.value.trim()) {
      document.getElementById(press).click();
    } else {
      reason.focus();
      document.getElementById("decide").dataset.word = press;
    }
  }
});

document.getElementById("reason")?.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault(); // no button is the obvious one: the key that was pressed before says which
    const word = document.getElementById("decide").dataset.word;
    if (word) {
      document.getElementById(word).click();
    }
  }
});
