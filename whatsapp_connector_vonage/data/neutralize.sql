-- A copy of the database must not be able to use the real Vonage account.
UPDATE whatsapp_account
   SET vonage_api_key = NULL,
       vonage_api_secret = NULL,
       vonage_signature_secret = NULL,
       vonage_previous_signature_secret = NULL,
       vonage_application_id = NULL,
       vonage_private_key = NULL,
       vonage_waba_id = NULL;
