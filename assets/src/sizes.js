// Sizes as people read them: decimal units, as disks and downloads have them.
const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

export function sayBytes(count) {
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}
