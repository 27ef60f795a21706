// The measuring tag: a queue until the tracker is there, the visitor's choice, then the tracker itself.
// Nothing is stored or sent before the visitor has agreed; the events until then wait in memory.
(function () {
  window.milepost = window.milepost || function () {
    (milepost.q = milepost.q || []).push([Date.now(), arguments]);
  };
  milepost("init", { site: "shop", collector: window.SHOP.collector, conversions: "ecommerce" });

  function tellChoice() {
    try {
      var choice = JSON.parse(localStorage.getItem("shop-consent"));
      if (choice) milepost("setConsent", choice);
    } catch (error) {
      // No storage or an unreadable choice: the visitor has not agreed to anything.
    }
  }
  tellChoice();
  // A page that comes back from the back/forward cache may have missed a choice made elsewhere; so may another tab.
  addEventListener("pageshow", function (event) { if (event.persisted) tellChoice(); });
  addEventListener("storage", function (event) { if (event.key === "shop-consent") tellChoice(); });

  var script = document.createElement("script");
  script.async = true;
  script.src = window.SHOP.collector + "/milepost.js";
  document.head.appendChild(script);
})();
