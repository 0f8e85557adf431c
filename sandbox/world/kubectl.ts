/** A person with kubectl: what the bot does not do and must live with. */
export interface Kubectl {
  readonly url: string;
  readonly token: string;
}

/** As `kubectl edit` does: read, change, PUT. @param manager who the API server says it was */
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
  const object = (await (await fetch(`${url}${path}`, { headers })).json()) as T;
  change(object);
  const answer = await fetch(`${url}${path}?fieldManager=${manager}`, {
    method: 'PUT',
    headers,
    body: JSON.stringify(object),
  });
  if (!answer.ok) throw new Error(`the edit was refused: ${answer.status} ${await answer.text()}`);
}
