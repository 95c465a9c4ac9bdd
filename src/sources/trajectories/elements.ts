/**
 * Which element an atom is, by its name and that of its residue, where a file does not say.
 *
 * PDB writes the element right-aligned in columns 13 and 14, so that `CA  ` is calcium and ` CA ` an alpha carbon; but
 * CHARMM and others begin every name in column 13, and GRO files have no such columns. So the residue decides first:
 * proteins, nucleic acids and water hold H, C, N, O, P, S and Se; an ion is a residue of its own. Columns decide in
 * other residues alone, and only in files that use them.
 */

/** All symbols, and D for deuterium. */
const SYMBOLS = new Set(
  (
    'H D He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr ' +
    'Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt ' +
    'Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv ' +
    'Ts Og'
  ).split(' '),
);

/** Residues of amino acids, nucleotides and water, by the names of the PDB, AMBER, CHARMM and GROMACS. */
const POLYMERS = new Set(
  (
    'ALA ARG ASN ASP CYS GLN GLU GLY HIS ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL ASX GLX SEC PYL MSE UNK ' +
    'HID HIE HIP HSD HSE HSP HISA HISB HISD HISE HISH HIS1 HIS2 CYX CYM CYS2 CYSH ASH ASPH ASPP GLH GLUH GLUP LYN LYSH ' +
    'LSN ARGN TYM SEP TPO PTR HYP MLY M3L CSO ACE NME NMA NAC NH2 FOR ' +
    'A C G U T I N DA DC DG DT DU DI RA RC RG RU ADE CYT GUA URA THY ' +
    'HOH H2O WAT SOL TIP TIP2 TIP3 TIP4 TIP5 TIP3P TIP4P TIP5P TP3 TP4 TP5 T3P T4P T5P SPC SPCE OPC OPC3 DOD D2O'
  ).split(' '),
);

/** Ions by names that are no symbols. */
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

/** Two letters that are no name of a carbon, nitrogen, oxygen or hydrogen with a letter for its place. */
const UNMISTAKEN = new Set(
  'CL BR SI SE FE ZN MG MN LI AL AS AG AU RB RU RH TI TL GA GE EU XE ZR PT'.split(' '),
);

/** `ZN` as `Zn`; undefined for what is no symbol. */
export function symbolOf(text: string): string | undefined {
  const symbol = text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase();
  return SYMBOLS.has(symbol) ? symbol : undefined;
}

/** Without a number and a charge at its end: CL-, NA+, ZN2, MG2+. */
function bare(text: string): string {
  return text.toUpperCase().replace(/[\d+-]+$/, '');
}

/** An ion is a residue of one atom, both of the same name; old files of GROMACS call all such residues ION. */
function ionOf(name: string, residue: string): string | undefined {
  const [own, whole] = [bare(name), bare(residue)];
  if (residue === 'ION') return IONS[own] ?? symbolOf(own);
  const known = IONS[own];
  if (known !== undefined && (IONS[whole] ?? symbolOf(whole)) === known) return known;
  // A polymer's residue may be called as the element of its atoms: C5 of cytidine, C.
  return own === whole && (name === residue || !POLYMERS.has(residue)) ? symbolOf(own) : undefined;
}

/** The first letter of what proteins, nucleic acids and water are made of; empty for sites without mass. */
function firstOf(letters: string, residue: string): string {
  if (/^SE/.test(letters) && /^(MSE|SEC)$/.test(residue)) return 'Se';
  return /^[HDCNOPSF]/.test(letters) ? letters[0] : '';
}

/**
 * The element of an atom, or '' for what has none, such as the fourth site of water.
 *
 * `field` has the four columns of its name, of a file that puts elements in the first two; without it there are none.
 */
export function elementOf(name: string, residue: string, field?: string): string {
  const whole = residue.toUpperCase();
  const ion = ionOf(name.toUpperCase(), whole);
  if (ion !== undefined) return ion;
  const letters = /[A-Z]*$/.exec(/^[^A-Z]*[A-Z]*/.exec(name.toUpperCase())![0])![0];
  if (POLYMERS.has(whole)) return firstOf(letters, whole);
  if (field !== undefined && /^[ \d]/.test(field)) return symbolOf(letters.slice(0, 1)) ?? '';
  // A hydrogen of four letters begins a column earlier, where other elements of one letter do not: HG11.
  const two = field === undefined || name.length > 3 ? undefined : symbolOf(field.slice(0, 2));
  if (two !== undefined) return two;
  return symbolOf(UNMISTAKEN.has(letters) ? letters : letters.slice(0, 1)) ?? '';
}

/** Whether a name in columns 13 to 16 shows that its file begins all names in the first of them. */
export function beginsEarly(field: string, residue: string): boolean {
  if (!/^[HCNOPS]/.test(field) || field.trimEnd().length > 3) return false;
  return !/^[A-Z]/i.test(field.slice(1)) || (POLYMERS.has(residue) && !ionOf(field.trim(), residue));
}
