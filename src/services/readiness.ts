import { toDabbawalaError } from '../lib/errors.ts';

export interface ReadinessPorts {
  /** One cheap read; throws `store_unavailable`. */
  readonly askStore: () => Promise<unknown>;
  /** Never throws: settings that cannot be read are told as such. */
  readonly durability: () => Promise<{ readonly isDurable: boolean; readonly sentence: string }>;
  readonly isSlackKnown: () => boolean;
}

interface Part {
  readonly ok: boolean;
  readonly detail: string;
}

/** Ready = commands can be taken, which needs the store. Slack away is told and makes nobody restart anything. */
export async function readinessOf(
  ports: ReadinessPorts,
): Promise<{ readonly isReady: boolean; readonly parts: Readonly<Record<string, Part>> }> {
  const store = await ports.askStore().then(
    async (): Promise<Part> => ({ ok: true, detail: (await ports.durability()).sentence }),
    (error): Part => ({ ok: false, detail: toDabbawalaError(error).message }),
  );
  const slack: Part = ports.isSlackKnown()
    ? { ok: true, detail: 'token known to Slack' }
    : { ok: false, detail: 'Slack has not answered yet' };
  return { isReady: store.ok, parts: { store, slack } };
}
