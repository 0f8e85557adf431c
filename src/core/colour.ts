/** A colour is a slot; stable and candidate are roles that the colours take in turn. */
export type Colour = 'blue' | 'green';
export type Role = 'stable' | 'candidate';

export const otherColour = (colour: Colour): Colour => (colour === 'blue' ? 'green' : 'blue');
export const colourWorkload = (service: string, colour: Colour): string => `${service}-${colour}`;
