#!/usr/bin/env node
// The first thing that runs, on whatever Node is there (20 is enough) and with no node_modules: only `node:` imports
// here and in bootstrap/. It installs what is missing, then hands over to the right Node.
import { assertInstalled, installDependencies } from './bootstrap/install.mjs';
import { providePrograms } from './bootstrap/programs.mjs';
import { runTask } from './bootstrap/run.mjs';
import { TASKS } from './bootstrap/tasks.mjs';

const [name = '', ...args] = process.argv.slice(2);
const task = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined;

if (task === undefined) {
  console.error(
    `Usage: node scripts/bootstrap.mjs <task> [arguments]\nTasks: ${Object.keys(TASKS).join(', ')}`,
  );
  process.exit(2);
}

try {
  if (task.installs) await installDependencies();
  else assertInstalled();
  await providePrograms(task.programs);
  process.exitCode = await runTask(task.command(args));
} catch (error) {
  console.error(error instanceof Error && error.name === 'BootstrapError' ? error.message : error);
  process.exitCode = 1;
}
