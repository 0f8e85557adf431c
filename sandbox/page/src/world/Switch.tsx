/** On or off, with plain words of what it does. */
export function Switch(props: {
  title: string;
  what: string;
  isOn: boolean;
  isBusy: boolean;
  onToggle: () => void;
  children?: React.ReactNode;
}) {
  return (
    <div className={props.isOn ? 'fault fault-on' : 'fault'}>
      <div className="fault-text">
        <div className="fault-line">
          <strong>{props.title}</strong>
          {props.children}
        </div>
        <small>{props.what}</small>
      </div>
      <button
        type="button"
        role="switch"
        className="switch"
        aria-checked={props.isOn}
        aria-label={props.title}
        disabled={props.isBusy}
        onClick={props.onToggle}
      >
        <i />
      </button>
    </div>
  );
}
