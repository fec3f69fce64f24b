(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  document.getElementById("theme").addEventListener("click", function () {
    var dark = getComputedStyle(root).colorScheme === "dark";
    root.dataset.theme = dark ? "light" : "dark";
  });

  function reveal() {
    var id = decodeURIComponent(location.hash.slice(1));
    var goal = id && document.getElementById(id);
    if (!goal) { return; }
    for (var at = goal; at; at = at.parentElement) {
      at.hidden = false;
      if (at.tagName === "DETAILS") { at.open = true; }
    }
    goal.scrollIntoView({ block: goal.classList.contains("m") ? "center" : "start" });
  }
  window.addEventListener("hashchange", reveal);
  reveal();

  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (talk) { talk.open = true; });
  });

  var form = document.getElementById("filters");
  if (!form) { return; }
  var items = Array.from(document.querySelectorAll("[data-item]"));
  var talks = Array.from(document.querySelectorAll("details[data-talk]"));
  var rule = document.getElementById("by-rule");
  var agent = document.getElementById("by-agent");
  var word = document.getElementById("by-word");
  var count = document.getElementById("count");
  var nothing = document.getElementById("nothing");

  function chosen(group) {
    var on = new Set(Array.from(form.querySelectorAll("input[name=" + group + "]:checked"), function (box) { return box.value; }));
    var any = form.querySelector("input[name=" + group + "]") === null;
    return { has: function (value) { return any || on.has(value); } };
  }

  function apply() {
    var severities = chosen("severity"), states = chosen("state"), words = word.value.trim().toLowerCase();
    var narrowed = Boolean(rule.value || words);
    var shown = 0, open = new Set();
    items.forEach(function (item) {
      var data = item.dataset;
      var fits = severities.has(data.severity) && states.has(data.state) && (!rule.value || data.rule === rule.value) &&
        (!agent || !agent.value || data.agent === agent.value) && (!words || item.textContent.toLowerCase().includes(words));
      item.hidden = !fits;
      if (fits) { shown += 1; open.add(data.talk); }
    });
    talks.forEach(function (talk) { talk.hidden = narrowed && !open.has(talk.dataset.talk); });
    count.textContent = "显示 " + shown + " / " + items.length + " 处";
    nothing.hidden = shown > 0;
  }

  document.querySelectorAll("[data-set-rule]").forEach(function (button) {
    button.addEventListener("click", function () {
      rule.value = button.dataset.setRule;
      if (agent) { agent.value = button.dataset.setAgent || ""; }
      apply();
      document.getElementById("findings").scrollIntoView();
    });
  });
  form.addEventListener("input", apply);
  form.addEventListener("reset", function () { setTimeout(apply, 0); });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  apply();
})();
