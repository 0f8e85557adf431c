const two = (value: number): string => String(value).padStart(2, '0');

const dayNumber = (date: Date): number =>
  Math.floor((date.getTime() - date.getTimezoneOffset() * 60_000) / 86_400_000);

function pretty(date: Date, now: Date, otherwise: string): string {
  const days = dayNumber(date) - dayNumber(now);
  return days === 0 ? 'today' : days === -1 ? 'yesterday' : days === 1 ? 'tomorrow' : otherwise;
}

export function ago(date: Date, now: Date): string {
  const seconds = Math.round((now.getTime() - date.getTime()) / 1000);
  const size = Math.abs(seconds);
  const [count, unit] =
    size < 60
      ? [size, 'second']
      : size < 3600
        ? [Math.round(size / 60), 'minute']
        : size < 86_400
          ? [Math.round(size / 3600), 'hour']
          : [Math.round(size / 86_400), 'day'];
  if (size < 5) return 'just now';
  const words = `${count} ${unit}${count === 1 ? '' : 's'}`;
  return seconds < 0 ? `in ${words}` : `${words} ago`;
}

/** Fills Slack's `{date_short_pretty} {time}` placeholders in the reader's own time zone. */
export function formatSlackDate(seconds: number, format: string, now: Date): string {
  const date = new Date(seconds * 1000);
  const show = (options: Intl.DateTimeFormatOptions) => date.toLocaleDateString('en-GB', options);
  const year = date.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const);
  const long = () => show({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  const short = () => show({ day: 'numeric', month: 'short', ...year });
  const day = () => show({ day: 'numeric', month: 'long', ...year });
  const parts: Readonly<Record<string, () => string>> = {
    date_num: () => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    date_slash: () => `${two(date.getDate())}/${two(date.getMonth() + 1)}/${date.getFullYear()}`,
    date_long: long,
    date_long_full: long,
    date_long_pretty: () => pretty(date, now, long()),
    date: day,
    date_pretty: () => pretty(date, now, day()),
    date_short: short,
    date_short_pretty: () => pretty(date, now, short()),
    day_divider_pretty: () => pretty(date, now, long()),
    time: () => `${two(date.getHours())}:${two(date.getMinutes())}`,
    time_secs: () => `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`,
    ago: () => ago(date, now),
  };
  return format.replace(/\{(\w+)\}/g, (whole, name: string) => parts[name]?.() ?? whole);
}
