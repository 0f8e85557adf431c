/** A person with kubectl: what the bot does not do and must live with. */
export interface Kubectl {
  readonly url: string;
  readonly token: string;
}

/** Somebody was faster; a person reads again. */
const TRIES = 10;

/** As `kubectl edit` does: read, change, PUT; again where it was changed meanwhile. @param manager who the API server says it was */
export async function kubectlEdit<T>(
  { url, token }: Kubectl,
  path: string,
  change: (object: T) => void,
  manager = 'kubectl-edit',
): Promise<void> {
  const headers = {
    authorization: `Bearer ${token}`,
    'user-agent': manager,
    'content-type': 'application/json',
  };
  for (let attempt = 1; ; attempt += 1) {
    const object = (await (await fetch(`${url}${path}`, { headers })).json()) as T;
    change(object);
    const answer = await fetch(`${url}${path}?fieldManager=${manager}`, {
      method: 'PUT',
      headers,
      body: JSON.stringify(object),
    });
    if (answer.ok) return;
    const words = await answer.text();
    if (answer.status !== 409 || attempt === TRIES)
      throw new Error(`the edit was refused: ${answer.status} ${words}`);
  }
}
