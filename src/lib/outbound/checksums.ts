/** The two checksums that tell a number of a person from any other number. */

/** Luhn, ISO/IEC 7812-1 annex B. `digits` are ASCII digits alone. */
export function hasLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = digits.length - 1, isDoubled = false; index >= 0; index -= 1, isDoubled = !isDoubled) {
    const digit = digits.charCodeAt(index) - 48;
    const value = isDoubled ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** Products in the dihedral group D5. */
const D5 = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
/** The permutation of each place, by its distance from the right, modulo 8. */
const PLACES = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

/** Verhoeff, as UIDAI computes the last digit of an Aadhaar number. */
export function hasVerhoeff(digits: string): boolean {
  let check = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 48;
    check = Number(D5[check]?.[Number(PLACES[place % 8]?.[digit])]);
  }
  return check === 0;
}
