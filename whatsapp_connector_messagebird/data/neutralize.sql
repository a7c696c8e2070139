-- A copy of the database must not be able to use the real MessageBird account.
UPDATE whatsapp_account
   SET messagebird_access_key = NULL,
       messagebird_signing_key = NULL,
       messagebird_previous_signing_key = NULL,
       messagebird_workspace_id = NULL,
       messagebird_waba_id = NULL,
       messagebird_namespace = NULL;
