// Copy and print the numbers of a receipt. The buttons show with script only; nothing is kept.
(function () {
  var keep = document.getElementById("keep");
  keep.hidden = false;
  keep.addEventListener("click", function (event) {
    var button = event.target;
    if (button.value === "print") print();
    if (button.value !== "copy") return;
    var code = document.querySelector(".code");
    // Chosen first: where a browser does not let us copy, one more touch does.
    getSelection().selectAllChildren(code);
    if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(function () {
      button.textContent = button.getAttribute("data-done");
    });
  });
})();
