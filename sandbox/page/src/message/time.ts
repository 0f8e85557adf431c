const two = (value: number): string => String(value).padStart(2, '0');

export const dateOfTs = (ts: string): Date => new Date(Number(ts) * 1000);

export function clock(ts: string): string {
  const date = dateOfTs(ts);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function dayOf(ts: string, now = new Date()): string {
  const date = dateOfTs(ts);
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (date.toDateString() === now.toDateString()) return 'Today';
  if (date.toDateString() === yesterday.toDateString()) return 'Yesterday';
  return date.toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });
}
