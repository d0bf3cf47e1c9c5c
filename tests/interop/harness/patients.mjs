// Synthetic patients and observations, written for this project, loaded through the FHIR server's own API.

const SYSTEM = 'http://terminology.hl7.org/CodeSystem/observation-category';

/** How many vital signs patient `p1` has: three pages of three. */
export const VITAL_SIGNS = 7;

const patient = (id, number, family) => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: 'https://hospital.example/mrn', value: number }],
  name: [{ family, given: ['Łukasz'] }],
  gender: 'male',
  birthDate: '1970-01-01',
});

const pulse = (number) => ({
  resourceType: 'Observation',
  id: `pulse-${number}`,
  status: 'final',
  category: [{ coding: [{ system: SYSTEM, code: 'vital-signs' }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
  subject: { reference: 'Patient/p1' },
  effectiveDateTime: `2024-01-0${number}T00:00:00Z`,
  valueQuantity: { value: 70 + number / 4, unit: '/min' },
});

/** Loads the data at `base`, the FHIR server's own address. */
export async function seed(base, authorization) {
  const resources = [
    patient('p1', 'MRN-1', 'Müller-Žižka'),
    patient('p2', 'MRN-2', 'O’Neill'),
    ...Array.from({ length: VITAL_SIGNS }, (_, index) => pulse(index + 1)),
  ];
  for (const resource of resources) {
    const answer = await fetch(`${base}/${resource.resourceType}/${resource.id}`, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/fhir+json' },
      body: JSON.stringify(resource),
    });
    if (answer.status !== 201) {
      throw new Error(`${resource.resourceType}/${resource.id}: ${answer.status} ${await answer.text()}`);
    }
  }
}
