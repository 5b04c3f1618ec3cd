// Making a text safe by keyboard. The page works without this; it only saves steps.
(function () {
  var first = document.querySelector("[data-first]");
  if (first) first.focus();
  var form = document.getElementById("make-safe");
  if (!form) return;
  var words = document.getElementById("words");
  var reading = document.getElementById("read");
  var marks = Array.from(document.querySelectorAll("mark[data-find]"));
  var tags = Array.from(document.querySelectorAll("[data-tag]"));
  var keys = document.getElementById("keys");
  var written = words ? words.value : "";
  var current = -1;

  document.querySelectorAll(".tags, .keys").forEach(function (part) { part.hidden = false; });
  document.querySelectorAll("[data-look]").forEach(function (part) { part.hidden = true; });
  // Sent twice changes nothing; this only keeps a second press from doing something else.
  var isSent = false;
  form.addEventListener("submit", function () { isSent = true; });
  // Each tag has a key of its own, so the tabulator need not stop at all nine.
  function dressKeys() {
    form.classList.toggle("with-keys", keys.checked);
    tags.forEach(function (button) { button.tabIndex = keys.checked ? -1 : 0; });
  }
  keys.addEventListener("change", dressKeys);
  dressKeys();

  function choiceOf(mark) { return document.getElementById("tag_" + mark.dataset.find); }

  function show() { words.dispatchEvent(new Event("look")); }

  // The writer's words with the chosen tags, as the button "Start from their words" makes them.
  function safe() {
    return Array.from(document.querySelectorAll(".original")).map(function (original) {
      return Array.from(original.childNodes).map(function (node) {
        var choice = node.dataset && node.dataset.find ? choiceOf(node) : null;
        if (!choice || choice.value === "keep") return node.textContent;
        return "[" + choice.value + "]";
      }).join("");
    }).join("\n\n");
  }

  function dress(mark) {
    var choice = choiceOf(mark);
    mark.title = choice.value === "keep" ? choice.selectedOptions[0].textContent : "[" + choice.value + "]";
  }

  // A detail in words that were changed by hand: every place where it stands whole gets the tag.
  function replaceIn(text, detail, tag) {
    var literal = detail.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    var whole = new RegExp("(?<![\\p{L}\\p{N}_\\[])" + literal + "(?![\\p{L}\\p{N}_])", "giu");
    return text.replace(whole, function () { return "[" + tag + "]"; });
  }

  function choose(mark, value) {
    var choice = choiceOf(mark);
    choice.value = value;
    marks.forEach(dress);
    applied(mark.textContent, value);
  }

  function applied(detail, value) {
    var theirs = form.elements.use && form.elements.use.value === "quote";
    if (theirs && words.value === written) written = words.value = safe();
    else if (value !== "keep") words.value = replaceIn(words.value, detail, value);
    show();
  }

  function go(to) {
    if (marks[current]) marks[current].removeAttribute("aria-current");
    current = to;
    if (!marks[current]) return;
    marks[current].setAttribute("aria-current", "true");
    marks[current].scrollIntoView({ block: "nearest" });
  }

  function tagMarked(tag) {
    var from = words.selectionStart, to = words.selectionEnd;
    if (document.activeElement === words && from !== to) {
      words.setRangeText("[" + tag + "]", from, to, "end");
      show();
      return true;
    }
    var chosen = String(getSelection()).trim();
    var node = getSelection().anchorNode;
    var original = node && node.parentElement && node.parentElement.closest(".original");
    if (!chosen || !original) return false;
    words.value = replaceIn(words.value, chosen, tag);
    getSelection().removeAllRanges();
    show();
    return true;
  }

  if (words) {
    marks.forEach(function (mark) {
      dress(mark);
      mark.addEventListener("click", function () {
        if (String(getSelection())) return;
        go(marks.indexOf(mark));
        document.getElementById("finds").open = true;
        choiceOf(mark).focus();
      });
    });
    form.addEventListener("change", function (event) {
      var number = /^tag_(\d+)$/.exec(event.target.name);
      if (number) {
        var mark = marks.find(function (one) { return one.dataset.find === number[1]; });
        if (mark) choose(mark, event.target.value);
      } else if (event.target.name === "use") {
        if (event.target.value === "quote" && words.value === written) written = words.value = safe();
        show();
      }
    });
    tags.forEach(function (button) {
      // Without this the press would take the focus, and with it what is marked.
      button.addEventListener("mousedown", function (event) { event.preventDefault(); });
      button.addEventListener("click", function () { tagMarked(button.dataset.tag); });
    });
  }

  // Where a key leads: the words, what was looked for, the themes, how serious, what else, why not.
  var PARTS = {
    w: "#words",
    l: "#looked input",
    h: ".codes input, .family summary",
    s: "#seriousness input:checked, #seriousness input",
    a: "#also input, #also select",
    n: "#reason input"
  };

  function jump(selector) {
    var part = form.querySelector(selector);
    if (!part) return;
    if (part.closest("details")) part.closest("details").open = true;
    part.focus();
    part.scrollIntoView({ block: "center" });
  }

  function nextUse() {
    var uses = Array.from(form.elements.use);
    var next = uses[(uses.findIndex(function (one) { return one.checked; }) + 1) % uses.length];
    next.focus();
    next.click();
  }

  function press(selector) {
    var button = form.querySelector(selector);
    if (button) form.requestSubmit(button);
  }

  function digit(number) {
    var tag = number ? tags[number - 1].dataset.tag : "keep";
    if (number && tagMarked(tag)) return;
    if (!reading.open || !marks.length) return;
    go(Math.max(current, 0));
    choose(marks[current], tag);
    go(current + 1 < marks.length ? current + 1 : 0);
  }

  reading.addEventListener("toggle", function () {
    if (reading.open && marks.length && current < 0) go(0);
  });

  document.addEventListener("keydown", function (event) {
    if (isSent) return;
    if (event.key === "Enter" && event.ctrlKey && reading.open) {
      event.preventDefault();
      press("[data-save]");
      return;
    }
    if (!keys.checked || event.ctrlKey || event.altKey || event.metaKey) return;
    var field = event.target.closest("textarea, select, input:not([type=checkbox]):not([type=radio])");
    if (field) return;
    var step = event.target.name === "seriousness" && document.querySelector(
      '#seriousness [type=radio][value="' + CSS.escape(event.key) + '"]');
    if (step) {
      step.checked = true;
      step.focus();
    } else if (/^[0-9]$/.test(event.key) && words) {
      if (event.target.type === "radio") return;
      event.preventDefault();
      digit(Number(event.key));
    } else if (PARTS[event.key] && reading.open) {
      event.preventDefault();
      jump(PARTS[event.key]);
    } else if (event.key === "u" && words && reading.open) {
      nextUse();
    } else if (event.key === "r") {
      reading.open = !reading.open;
      reading.querySelector("summary").focus();
    } else if (event.key === "p" || (event.key === "t" && reading.open)) {
      event.preventDefault();
      press('[data-key="' + event.key + '"]');
    }
  });
})();
