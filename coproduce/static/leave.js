// "Leave this site": the link works without this. With it, the page is not in the history either.
(function () {
  var link = document.getElementById("leave");
  link.addEventListener("click", function (event) {
    event.preventDefault();
    document.body.textContent = "";
    location.replace(link.href);
  });
  // A page that comes back out of the browser's memory would show what was typed.
  addEventListener("pageshow", function (event) {
    if (event.persisted) location.reload();
  });
})();
