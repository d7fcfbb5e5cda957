"use strict";
(() => {
  const root = document.documentElement;
  const store = {
    get: () => { try { return localStorage.getItem("symgate-theme"); } catch { return null; } },
    set: (theme) => { try { localStorage.setItem("symgate-theme", theme); } catch { /* a file may not keep it */ } },
  };
  const system = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const button = document.getElementById("theme");
  const show = (theme) => {
    if (theme) root.dataset.theme = theme;
    button.textContent = (root.dataset.theme || system()) === "dark" ? "Light" : "Dark";
    button.setAttribute("aria-label", `Switch to the ${button.textContent.toLowerCase()} theme`);
  };
  show(store.get());
  button.addEventListener("click", () => {
    const theme = (root.dataset.theme || system()) === "dark" ? "light" : "dark";
    store.set(theme);
    show(theme);
  });

  for (const copy of document.querySelectorAll(".copy")) {
    copy.addEventListener("click", async () => {
      const text = copy.parentElement.querySelector("code").textContent;
      try {
        await navigator.clipboard.writeText(text);
        copy.textContent = "Copied";
      } catch {
        const range = document.createRange();
        range.selectNodeContents(copy.parentElement.querySelector("code"));
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        copy.textContent = "Selected";
      }
      setTimeout(() => { copy.textContent = "Copy"; }, 1500);
    });
  }

  for (const tool of document.querySelectorAll("[data-open]")) {
    tool.addEventListener("click", () => {
      for (const part of tool.closest("section").querySelectorAll(".tree details")) {
        part.open = tool.dataset.open === "all";
      }
    });
  }

  const links = new Map([...document.querySelectorAll("nav ol a")].map((a) => [a.hash.slice(1), a]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const [name, link] of links) {
        link.classList.toggle("here", name === entry.target.id);
        if (name === entry.target.id) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  for (const name of links.keys()) seen.observe(document.getElementById(name));
})();
