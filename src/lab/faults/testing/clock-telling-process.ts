/** Says, line by line, what its clocks show: `Date.now()`, `new Date()`, `Date()` and the monotonic one. */
setInterval(() => {
  const told = [Date.now(), Date.parse(new Date().toISOString()), Date.parse(Date()), performance.now()]
  const untouched = new Date(0) instanceof Date && new Date(2026, 0, 1).getFullYear() === 2026
  process.stdout.write(`${JSON.stringify({ told, untouched })}\n`)
}, 10)
