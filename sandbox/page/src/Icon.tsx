const PATHS = {
  close: 'M5 5l10 10M15 5L5 15',
  menu: 'M3 5.5h14M3 10h14M3 14.5h14',
  send: 'M3.5 4.5l13 5.5-13 5.5 2-5.5zM5.5 10h5',
  sun: 'M10 6.5a3.5 3.5 0 100 7 3.5 3.5 0 000-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.4 4.4l1 1M14.6 14.6l1 1M4.4 15.6l1-1M14.6 5.4l1-1',
  moon: 'M16 11.5A6.5 6.5 0 018.5 4a6.5 6.5 0 107.5 7.5z',
  globe:
    'M10 2.5a7.5 7.5 0 100 15 7.5 7.5 0 000-15zM2.5 10h15M10 2.5c2 2 3 4.600 3 7.500s-1 5.500-3 7.500c-2-2-3-4.600-3-7.500s1-5.500 3-7.500z',
  thread: 'M4 4h12v8.500H9l-3.500 3v-3H4z',
  eye: 'M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5zM10 7.700a2.300 2.300 0 100 4.600 2.300 2.300 0 000-4.600z',
  table: 'M3 4h14v12H3zM3 8h14M8.500 8v8',
  chart: 'M3 3v14h14M6 12l3-4 3 2 4-5',
  check: 'M4 10.500l4 4 8-9',
  down: 'M5 8l5 5 5-5',
  bolt: 'M11 2L4 11.500h5L8.500 18 16 8.500h-5z',
  undo: 'M7 4L3 8l4 4M3 8h9a4.500 4.500 0 010 9H9',
  list: 'M7 5h10M7 10h10M7 15h10M3 5h.01M3 10h.01M3 15h.01',
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration only: the button around it carries the name. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      viewBox="0 0 20 20"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
