// Where a form begins; nothing moves the cursor from there (core/cursor.js).

export function beginIn(field) {
  const now = document.activeElement;
  // Whoever was quicker than this script has begun elsewhere.
  if (now?.matches("input, select, textarea") && !now.autofocus) return;
  field.autofocus = true;
  field.focus();
}
