// A device that many people use, one after the other. Every page works without this. With it a page
// that nobody touches clears itself, and going back finds nothing that was typed or sent.
(function () {
  var leave = document.getElementById("leave");
  var still = document.getElementById("still");
  var was_sent = !/\/kiosk$/.test(location.pathname);
  var asking, clearing;

  function clear() {
    document.body.textContent = "";
    location.replace(leave.href);
  }

  function ask() {
    if (still.showModal) still.showModal();
    else still.setAttribute("open", "");
    clearing = setTimeout(clear, still.getAttribute("data-answer") * 1000);
  }

  function wait() {
    clearTimeout(clearing);
    clearTimeout(asking);
    asking = setTimeout(ask, still.getAttribute("data-idle") * 1000);
  }

  function go_on(event) {
    if (still.hasAttribute("open")) {
      // Only the question is answered: neither a key nor a tap reaches the page beneath it.
      event.preventDefault();
      event.stopPropagation();
      if (still.close) still.close();
      else still.removeAttribute("open");
    }
    wait();
  }

  leave.addEventListener("click", function (event) {
    event.preventDefault();
    clear();
  });
  ["click", "keydown", "input", "wheel"].forEach(function (name) {
    addEventListener(name, go_on, { capture: true, passive: false });
  });
  // A finger that only scrolls makes no click. It is lifted before the question goes away.
  ["touchstart", "pointerdown"].forEach(function (name) {
    addEventListener(name, function () {
      if (!still.hasAttribute("open")) wait();
    }, true);
  });
  addEventListener("pagehide", function () {
    document.body.textContent = "";
  });
  addEventListener("pageshow", function (event) {
    if (event.persisted) clear();
  });

  // The history then knows an empty form in place of what was sent.
  if (was_sent) history.replaceState(null, "", leave.href);
  // An empty form that nobody has touched may stay.
  if (was_sent) wait();
})();
