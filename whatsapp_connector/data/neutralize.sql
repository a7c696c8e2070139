-- A copy of the database must not send, nor take the real one's webhooks.
UPDATE whatsapp_account
   SET provider = 'none',
       public_url = NULL,
       webhook_key = 'neutralized-' || id;
UPDATE whatsapp_channel SET active = FALSE;
UPDATE whatsapp_message SET state = 'cancelled' WHERE state IN ('scheduled', 'queued', 'sending');
UPDATE whatsapp_mailing
   SET state = 'paused',
       recall_pending = FALSE
 WHERE state IN ('preparing', 'running');
UPDATE whatsapp_event SET body = NULL, headers = NULL;
