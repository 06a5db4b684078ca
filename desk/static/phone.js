// The demo's phone: asks for its screen every two seconds, and counts the code's seconds down in between.
const screen = document.getElementById("screen");

async function refresh() {
  try {
    const answer = await fetch(screen.dataset.source, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    screen.replaceChildren(...next.body.childNodes);
  } catch {
    // The desk is restarting: what is shown stays, and the next try is two seconds away.
  }
}

setInterval(() => {
  if (!document.hidden) refresh();
}, 2000);
setInterval(() => {
  const bar = screen.querySelector("progress");
  if (bar) bar.value = Math.max(0, bar.value - 1);
}, 1000);
