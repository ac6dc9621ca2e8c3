// The page of a paper: its button prints it.
const button = document.querySelector("[data-print]");
button.hidden = false;
button.addEventListener("click", () => print());
