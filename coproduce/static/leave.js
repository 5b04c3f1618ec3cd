// "Leave this site": the link works without this. With it, the page is not in the history either.
(function () {
  var link = document.getElementById("leave");
  link.addEventListener("click", function (event) {
    event.preventDefault();
    document.body.textContent = "";
    location.replace(link.href);
  });
  // A browser writes what was sent to a page to its disk, unless the page is no longer that one.
  var instead = document.currentScript.getAttribute("data-instead");
  if (instead) history.replaceState(null, "", instead);
  // A page that comes back out of the browser's memory would show what was typed.
  addEventListener("pageshow", function (event) {
    if (event.persisted) location.reload();
  });
})();
