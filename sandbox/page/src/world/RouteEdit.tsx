import { useState } from 'react';
import type { FaultRequest } from '../../../contract.ts';
import type { World } from '../api/world.ts';
import { isOn } from './faultKinds.ts';

/** A person with kubectl who changes the weights under a running rollout. */
export function RouteEdit(props: {
  world: World;
  isBusy: boolean;
  onEdit: (fault: FaultRequest, done: string) => void;
}) {
  const [service, setService] = useState('payment-gateway');
  const [percent, setPercent] = useState(80);
  const on = isOn(props.world.faults, 'editRoute');
  return (
    <div className={on ? 'fault fault-on fault-wide' : 'fault fault-wide'}>
      <div className="fault-text">
        <strong>Edit the VirtualService by hand</strong>
        <small>Writes the candidate's weight past the bot, as a person with kubectl would.</small>
      </div>
      <div className="route-edit">
        <select
          aria-label="Service of the route"
          value={service}
          onChange={(event) => setService(event.target.value)}
        >
          {props.world.services.map((one) => (
            <option key={one.name}>{one.name}</option>
          ))}
        </select>
        <span className="amount">
          <input
            type="number"
            min={0}
            max={100}
            value={percent}
            aria-label="Candidate's percent"
            onChange={(event) => setPercent(Number(event.target.value))}
          />
          %
        </span>
        <button
          type="button"
          className="button button-plain button-small"
          disabled={props.isBusy}
          onClick={() =>
            props.onEdit(
              { kind: 'editRoute', service, percent },
              `Route of ${service} edited: candidate ${percent} %.`,
            )
          }
        >
          Write
        </button>
      </div>
    </div>
  );
}
