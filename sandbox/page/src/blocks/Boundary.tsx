import { Component, type ReactNode } from 'react';

/** One block that cannot be drawn must not take the card with it. */
export class Boundary extends Component<{ what: string; children: ReactNode }, { reason: string | null }> {
  override state: { reason: string | null } = { reason: null };

  static getDerivedStateFromError(error: unknown) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    if (this.state.reason === null) return this.props.children;
    return (
      <div className="block-broken" role="note">
        This {this.props.what} block could not be drawn: {this.state.reason}
      </div>
    );
  }
}
