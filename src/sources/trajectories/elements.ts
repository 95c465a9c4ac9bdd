/**
 * Guesses the element of an atom from its name and its residue, for files that do not give the element.
 *
 * PDB files have the element right-aligned in columns 13 and 14, so that `CA  ` is calcium and ` CA ` an alpha carbon.
 * But CHARMM and others begin every name in column 13, and GRO files do not have these columns. So the residue decides
 * first: proteins, nucleic acids and water consist of H, C, N, O, P, S and Se, and an ion is a residue of its own. The
 * columns decide only in other residues, and only in files that use them.
 */

/** All element symbols, and D for deuterium. */
const SYMBOLS = new Set(
  (
    'H D He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr ' +
    'Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt ' +
    'Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv ' +
    'Ts Og'
  ).split(' '),
);

/** Residue names of amino acids, nucleotides and water in the PDB, AMBER, CHARMM and GROMACS. */
const POLYMERS = new Set(
  (
    'ALA ARG ASN ASP CYS GLN GLU GLY HIS ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL ASX GLX SEC PYL MSE UNK ' +
    'HID HIE HIP HSD HSE HSP HISA HISB HISD HISE HISH HIS1 HIS2 CYX CYM CYS2 CYSH ASH ASPH ASPP GLH GLUH GLUP LYN LYSH ' +
    'LSN ARGN TYM SEP TPO PTR HYP MLY M3L CSO ACE NME NMA NAC NH2 FOR ' +
    'A C G U T I N DA DC DG DT DU DI RA RC RG RU ADE CYT GUA URA THY ' +
    'HOH H2O WAT SOL TIP TIP2 TIP3 TIP4 TIP5 TIP3P TIP4P TIP5P TP3 TP4 TP5 T3P T4P T5P SPC SPCE OPC OPC3 DOD D2O'
  ).split(' '),
);

/** Names of ions that are not element symbols. */
const IONS: Record<string, string> = {
  ...{
    SOD: 'Na',
    POT: 'K',
    CLA: 'Cl',
    CAL: 'Ca',
    CES: 'Cs',
    LIT: 'Li',
    RUB: 'Rb',
    BAR: 'Ba',
    CAD: 'Cd',
    CIO: 'Cs',
  },
};

/** Symbols of two letters that cannot be the name of a C, N, O or H atom with a letter for its position. */
const UNMISTAKEN = new Set(
  'CL BR SI SE FE ZN MG MN LI AL AS AG AU RB RU RH TI TL GA GE EU XE ZR PT'.split(' '),
);

/** The symbol with its usual capitals (`Zn` for `ZN`); undefined if the text is not a symbol. */
export function symbolOf(text: string): string | undefined {
  const symbol = text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase();
  return SYMBOLS.has(symbol) ? symbol : undefined;
}

/** Remove a number and a charge at the end: CL-, NA+, ZN2, MG2+. */
function bare(text: string): string {
  return text.toUpperCase().replace(/[\d+-]+$/, '');
}

/** The element of an ion: its residue has the same name as its atom. Old GROMACS files call all these residues ION. */
function ionOf(name: string, residue: string): string | undefined {
  const [own, whole] = [bare(name), bare(residue)];
  if (residue === 'ION') return IONS[own] ?? symbolOf(own);
  const known = IONS[own];
  if (known !== undefined && (IONS[whole] ?? symbolOf(whole)) === known) return known;
  // The residue of a polymer may have the name of an element: atom C5 of cytidine, C.
  return own === whole && (name === residue || !POLYMERS.has(residue)) ? symbolOf(own) : undefined;
}

/** The element of an atom in proteins, nucleic acids and water, mostly its first letter; '' for sites without mass. */
function firstOf(letters: string, residue: string): string {
  if (/^SE/.test(letters) && /^(MSE|SEC)$/.test(residue)) return 'Se';
  return /^[HDCNOPSF]/.test(letters) ? letters[0] : '';
}

/**
 * The element of an atom, or '' for sites that are not atoms, for example the fourth site of water.
 *
 * `field` is the name in its four columns, for files that have the element in the first two columns.
 */
export function elementOf(name: string, residue: string, field?: string): string {
  const whole = residue.toUpperCase();
  const ion = ionOf(name.toUpperCase(), whole);
  if (ion !== undefined) return ion;
  const letters = /[A-Z]*$/.exec(/^[^A-Z]*[A-Z]*/.exec(name.toUpperCase())![0])![0];
  if (POLYMERS.has(whole)) return firstOf(letters, whole);
  if (field !== undefined && /^[ \d]/.test(field)) return symbolOf(letters.slice(0, 1)) ?? '';
  // A name of four letters (HG11, a hydrogen) fills all columns, so its first two letters are not a symbol.
  const two = field === undefined || name.length > 3 ? undefined : symbolOf(field.slice(0, 2));
  if (two !== undefined) return two;
  return symbolOf(UNMISTAKEN.has(letters) ? letters : letters.slice(0, 1)) ?? '';
}

/** Whether a name in columns 13 to 16 shows that the file begins all names in column 13. */
export function beginsEarly(field: string, residue: string): boolean {
  if (!/^[HCNOPS]/.test(field) || field.trimEnd().length > 3) return false;
  return !/^[A-Z]/i.test(field.slice(1)) || (POLYMERS.has(residue) && !ionOf(field.trim(), residue));
}
