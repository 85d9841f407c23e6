import type { Told } from '../alertmanager/sinks.ts'

/** An alert as Alertmanager tells it to a webhook. */
export interface Notice {
  /** Of alertmanager.yml, by the path of its webhook. */
  readonly receiver: string
  readonly status: 'firing' | 'resolved'
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** What the webhooks were told so far, alert by alert, in order; Slack's messages are left out. */
export const notices = (told: readonly Told[]): readonly Notice[] =>
  told
    .filter(({ path }) => path !== SLACK)
    .flatMap(({ path, body }) =>
      (JSON.parse(body) as { readonly alerts: readonly Omit<Notice, 'receiver'>[] }).alerts.map((alert) => ({
        ...alert,
        receiver: path.slice(1),
      })),
    )

/** Where the shipped Slack receiver, with the shipped templates, is sent in tests. */
export const SLACK = '/slack'

/** The texts of Slack's messages so far, by the shipped templates. */
export const slackTexts = (told: readonly Told[]): readonly string[] =>
  told
    .filter(({ path }) => path === SLACK)
    .flatMap(({ body }) =>
      (JSON.parse(body) as { readonly attachments: readonly { readonly text: string }[] }).attachments.map(
        ({ text }) => text,
      ),
    )

/** An alert, and labels that tell it from others of its name. */
export interface Wanted {
  readonly alert: string
  readonly about: Readonly<Record<string, string>>
}

export const matches = ({ alert, about }: Wanted, labels: Readonly<Record<string, string>>): boolean =>
  labels['alertname'] === alert && Object.entries(about).every(([name, value]) => labels[name] === value)
