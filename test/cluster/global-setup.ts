/** Up before the first test, down after the last. */
import { labEnvironment, programsHandedIn, startLab } from './lab/start.ts';

export default async function setup(): Promise<() => Promise<void>> {
  const isExternal = process.env['DABBAWALA_LAB'] === 'external';
  const lab = await startLab(isExternal ? null : programsHandedIn());
  Object.assign(process.env, labEnvironment(lab.facts));
  return () => lab.end();
}
