/** A person with kubectl: what the bot does not do and must live with. */
export interface Kubectl {
  readonly url: string;
  readonly token: string;
}

/** As `kubectl edit` does: read, change, PUT. */
export async function kubectlEdit<T>(
  { url, token }: Kubectl,
  path: string,
  change: (object: T) => void,
): Promise<void> {
  const headers = {
    authorization: `Bearer ${token}`,
    'user-agent': 'kubectl-edit',
    'content-type': 'application/json',
  };
  const object = (await (await fetch(`${url}${path}`, { headers })).json()) as T;
  change(object);
  const answer = await fetch(`${url}${path}?fieldManager=kubectl-edit`, {
    method: 'PUT',
    headers,
    body: JSON.stringify(object),
  });
  if (!answer.ok) throw new Error(`the edit was refused: ${answer.status} ${await answer.text()}`);
}
