/** Which buttons and forms exist: the whole list. One line each. */
import { acknowledge } from './acknowledge.ts';
import { adopt } from './adopt.ts';
import { alertApprove } from './alert-approve.ts';
import { alertReject } from './alert-reject.ts';
import { alertRejectForm } from './alert-reject-form.ts';
import { alertRollBack } from './alert-roll-back.ts';
import { approve } from './approve.ts';
import type { Button } from './button.ts';
import type { CardButton } from './card-button.ts';
import { killPod, killPodForm, quarantine, quarantineForm } from './contain.ts';
import { deployAgain } from './deploy-again.ts';
import { deployForm } from './deploy-form.ts';
import { endSilence } from './end-silence.ts';
import { escalate } from './escalate.ts';
import { expect, unexpect } from './expect.ts';
import { expectForm } from './expect-form.ts';
import { forceForward } from './force-forward.ts';
import type { Form } from './form.ts';
import { go } from './go.ts';
import { hold } from './hold.ts';
import { declareFromAlert, incidentCommand, incidentResolve, incidentUpdate } from './incident-buttons.ts';
import { declareForm, resolveForm, updateForm } from './incident-forms.ts';
import { lockForm } from './lock-form.ts';
import { openForm } from './open-form.ts';
import type { Opener } from './opener.ts';
import { pageDeploy } from './page-deploy.ts';
import { pageRollback } from './page-rollback.ts';
import { pickTargetForm } from './pick-target-form.ts';
import { promote } from './promote.ts';
import { reject } from './reject.ts';
import { rejectForm } from './reject-form.ts';
import { rollBack } from './roll-back.ts';
import { rollbackForm } from './rollback-form.ts';
import { silence } from './silence.ts';
import { silenceForm } from './silence-form.ts';
import { supersede } from './supersede.ts';
import { trafficForm } from './traffic-form.ts';
import { unacknowledge } from './unacknowledge.ts';
import { unlockForm } from './unlock-form.ts';

export const buttons: readonly Button[] = [
  approve,
  reject,
  rollBack,
  hold,
  go,
  promote,
  deployAgain,
  adopt,
  forceForward,
];

/** On the cards of alert groups and incidents. */
export const cardButtons: readonly CardButton[] = [
  acknowledge,
  unacknowledge,
  escalate,
  alertRollBack,
  declareFromAlert,
  incidentUpdate,
  incidentResolve,
  incidentCommand,
  silence,
  endSilence,
  quarantine,
  killPod,
  expect,
  unexpect,
  alertApprove,
  alertReject,
];

export const openers: readonly Opener[] = [openForm, pageRollback, pageDeploy, supersede];

export const forms: readonly Form[] = [
  deployForm,
  rejectForm,
  rollbackForm,
  trafficForm,
  lockForm,
  unlockForm,
  pickTargetForm,
  declareForm,
  updateForm,
  resolveForm,
  silenceForm,
  quarantineForm,
  killPodForm,
  expectForm,
  alertRejectForm,
];
